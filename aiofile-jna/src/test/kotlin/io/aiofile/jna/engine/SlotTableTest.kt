package io.aiofile.jna.engine

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.types.shouldBeSameInstanceAs

class SlotTableTest :
    FunSpec({
        fun request() = Request(readOf(), descriptor())

        test("slots are taken until there is none, and come back") {
            val table = SlotTable(3)
            val slots = List(3) { table.take(request()) }
            slots.toSet() shouldBe setOf(0, 1, 2)
            table.hasFree() shouldBe false
            table.used() shouldBe 3
            shouldThrow<IllegalStateException> { table.take(request()) }
            table.release(1)
            table.take(request()) shouldBe 1
        }

        test("a slot pins its request until its token comes") {
            val table = SlotTable(2)
            val request = request()
            val token = table.token(table.take(request))
            table.releaseByToken(token) shouldBeSameInstanceAs request
            table.used() shouldBe 0
        }

        test("a token is good once, and not for the slot's next request") {
            val table = SlotTable(1)
            val first = table.token(table.take(request()))
            table.releaseByToken(first)
            table.releaseByToken(first) shouldBe null
            val second = table.token(table.take(request()))
            second shouldNotBe first
            table.releaseByToken(first) shouldBe null
            table.used() shouldBe 1
        }

        test("a token of a free slot, of no slot, and zeros mean nothing") {
            val table = SlotTable(2)
            table.releaseByToken(table.token(0)) shouldBe null
            table.take(request())
            for (token in listOf(0L, 1L, 2L, -1L, Long.MIN_VALUE, Long.MAX_VALUE)) {
                table.releaseByToken(token) shouldBe null
            }
            table.used() shouldBe 1
        }

        test("a slot that is free can't be released") {
            val table = SlotTable(1)
            shouldThrow<IllegalStateException> { table.release(0) }
            shouldThrow<IllegalStateException> { table.request(0) }
        }
    })
