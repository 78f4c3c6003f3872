package io.aiofile.jna.engine

import io.aiofile.jna.engine.FileTraits.Flag
import io.aiofile.spi.Alignment
import io.aiofile.spi.Opcode
import io.aiofile.spi.Operation
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class RouteTest :
    FunSpec({
        fun traits(kind: FileKind, vararg flags: Flag) =
            FileTraits(kind, Alignment.NONE, flags.toSet())

        val withKernel = Route(true, 1000, 100)
        val withoutKernel = Route(false, 1000, 100)

        // Positional, not growing: what each kind's READ, WRITE, SYNC and DATA_SYNC take.
        val table =
            mapOf(
                FileKind.LOCAL to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
                FileKind.FOREIGN to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
                FileKind.MEMORY to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
                FileKind.DIRECT to listOf(Lane.KERNEL, Lane.KERNEL, Lane.WORKER),
                FileKind.DIRECT_FOREIGN to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
                FileKind.SPECIAL to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
                FileKind.STREAM to listOf(Lane.WORKER, Lane.WORKER, Lane.WORKER),
            )
        val columns =
            listOf(
                listOf(Opcode.READ),
                listOf(Opcode.WRITE),
                listOf(Opcode.SYNC, Opcode.DATA_SYNC),
            )
        val others = Opcode.entries - columns.flatten().toSet()

        for (kind in FileKind.entries) {
            for ((opcodes, lane) in columns.zip(table.getValue(kind))) for (opcode in opcodes) {
                test("$opcode of $kind: $lane") {
                    withKernel.lane(opcode, traits(kind), 0, false) shouldBe lane
                    val instead = if (lane == Lane.KERNEL) Lane.WORKER else lane
                    withoutKernel.lane(opcode, traits(kind), 0, false) shouldBe instead
                }
            }
            test("everything else of $kind: a worker") {
                for (opcode in others) {
                    withKernel.lane(opcode, traits(kind), 0, false) shouldBe Lane.WORKER
                }
            }
        }

        test("while the workers are busy the kernel syncs, where it can, and nothing else") {
            val synced =
                listOf(
                    FileKind.LOCAL,
                    FileKind.FOREIGN,
                    FileKind.DIRECT,
                    FileKind.DIRECT_FOREIGN,
                )
            for (kind in FileKind.entries) for (opcode in Opcode.entries) {
                val isSync = opcode == Opcode.SYNC || opcode == Opcode.DATA_SYNC
                withKernel.laneWhileBusy(opcode, traits(kind)) shouldBe
                    if (isSync && kind in synced) Lane.KERNEL else Lane.WORKER
                withoutKernel.laneWhileBusy(opcode, traits(kind)) shouldBe Lane.WORKER
            }
        }

        test("a stream's own place is waited for") {
            for (opcode in listOf(Opcode.READ, Opcode.WRITE)) {
                for (route in listOf(withKernel, withoutKernel)) {
                    route.lane(
                        opcode,
                        traits(FileKind.STREAM),
                        Operation.SEQUENTIAL,
                        false,
                    ) shouldBe Lane.WAITING
                }
            }
        }

        test("a direct write that grows or appends: a worker; a read is not asked") {
            val direct = traits(FileKind.DIRECT)
            val appending = traits(FileKind.DIRECT, Flag.APPENDING)
            withKernel.lane(Opcode.WRITE, direct, 0, true) shouldBe Lane.WORKER
            withKernel.lane(Opcode.WRITE, direct, Operation.SEQUENTIAL, false) shouldBe Lane.WORKER
            withKernel.lane(Opcode.WRITE, appending, 0, false) shouldBe Lane.WORKER
            withKernel.lane(Opcode.READ, appending, 0, true) shouldBe Lane.KERNEL
        }

        test("inline: reads from the page cache and from memory, up to the limit") {
            for (kind in FileKind.entries) {
                val inline = kind in listOf(FileKind.LOCAL, FileKind.FOREIGN, FileKind.MEMORY)
                withKernel.isReadInline(traits(kind), 1000) shouldBe inline
                withKernel.isReadInline(traits(kind), 1001) shouldBe false
            }
        }

        test("inline: writes to this machine's own, up to the limit, never synchronous ones") {
            for (kind in FileKind.entries) {
                val inline = kind in listOf(FileKind.LOCAL, FileKind.MEMORY)
                withKernel.isWriteInline(traits(kind), 100, false) shouldBe inline
                withKernel.isWriteInline(traits(kind, Flag.APPENDING), 25, true) shouldBe inline
                withKernel.isWriteInline(traits(kind), 101, false) shouldBe false
                withKernel.isWriteInline(traits(kind), 26, true) shouldBe false
                withKernel.isWriteInline(traits(kind, Flag.DATA_SYNC), 1, false) shouldBe false
            }
        }

        test("a limit of 0 turns the inline lane off") {
            val off = Route(true, 0, 0)
            off.isReadInline(traits(FileKind.LOCAL), 1) shouldBe false
            off.isWriteInline(traits(FileKind.MEMORY), 1, false) shouldBe false
        }

        test("only what may wait for somebody stays non-blocking") {
            FileKind.entries.filter { it.isNonBlocking } shouldBe
                listOf(FileKind.SPECIAL, FileKind.STREAM)
        }
    })
