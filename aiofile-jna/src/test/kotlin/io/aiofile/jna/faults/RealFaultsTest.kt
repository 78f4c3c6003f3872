package io.aiofile.jna.faults

import io.aiofile.contract.onLinux
import io.aiofile.jna.sys.Errno
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import java.io.File

/** Faults of a real machine, each in a JVM of its own, over every backend. */
class RealFaultsTest :
    FunSpec({
        val directory = tempdir()

        fun unless(reason: String, there: Boolean) = if (there) "" else " (skipped: $reason)"

        val noMount = unless("no file system can be mounted here", Mounts.canMount)
        val noLoop = unless("no loop device and ext4 can be mounted here", Mounts.canLoop)

        test("a full tmpfs$noMount").config(enabled = Mounts.canMount) {
            val place = directory.toPath()
            ChildJvm.passes("full", place, "tmpfs", under = Mounts.tmpfs(place, "size=2m"))
        }

        test("a full ext4$noLoop").config(enabled = Mounts.canLoop) {
            val image = File.createTempFile("aiofile-image", ".ext4")
            try {
                check(Mounts.makeExt4(image, 8))
                val place = directory.toPath()
                ChildJvm.passes("full", place, "ext4", under = Mounts.ext4(image, place))
            } finally {
                image.delete()
            }
        }

        test("power cuts of an ext4: what was synced is there$noLoop").config(
            enabled = Mounts.canLoop && PowerCut.isThere
        ) {
            val image = File.createTempFile("aiofile-image", ".ext4")
            try {
                check(Mounts.makeExt4(image, 32))
                ChildJvm.passes("power", image, directory, under = Mounts.namespace!!)
            } finally {
                image.delete()
            }
        }

        test("RLIMIT_FSIZE reached").config(enabled = onLinux) {
            ChildJvm.passes("file-size", directory, under = limited("-f 2048"))
        }

        test("RLIMIT_NOFILE reached while opening").config(enabled = onLinux) {
            ChildJvm.passes("descriptors", directory, under = limited("-n 200"))
        }

        val noFilter = unless("no seccomp here", SystemCallFilter.isThere)
        for (errno in listOf(Errno.EPERM, Errno.ENOSYS)) {
            test("io_setup and io_uring_setup refused with ${Errno.name(errno)}$noFilter").config(
                enabled = SystemCallFilter.isThere
            ) {
                ChildJvm.passes("queues-refused", directory, errno)
            }
        }

        test("io_submit refused when the context is open$noFilter").config(
            enabled = SystemCallFilter.isThere
        ) {
            ChildJvm.passes("submissions-refused", directory)
        }

        test("a temporary directory without exec, for JNA$noMount").config(
            enabled = Mounts.canMount
        ) {
            val options = listOf("jna.tmpdir", "java.io.tmpdir").map { "-D$it=$directory" }
            val mount = Mounts.tmpfs(directory.toPath(), "noexec,size=8m")
            ChildJvm.passes("noexec", directory, under = mount, more = options)
        }

        test("jcmd attaching all the time" + unless("no jcmd in this JVM", jcmd != null)).config(
            enabled = jcmd != null
        ) {
            ChildJvm.passes("attached", directory)
        }
    })

/** Under a limit of the shell, which for the size of files counts in blocks of 512 bytes. */
private fun limited(limit: String) = listOf("sh", "-c", "ulimit $limit && exec \"\$@\"", "sh")
