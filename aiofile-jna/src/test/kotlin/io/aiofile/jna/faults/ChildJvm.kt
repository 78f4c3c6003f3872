package io.aiofile.jna.faults

import io.aiofile.contract.scaled
import io.kotest.assertions.withClue
import io.kotest.matchers.shouldBe
import java.io.File
import java.io.RandomAccessFile
import java.nio.file.Path
import java.util.concurrent.TimeUnit.SECONDS
import java.util.jar.JarOutputStream
import java.util.zip.Deflater
import java.util.zip.ZipEntry
import kotlin.reflect.KClass

/** The backends of this module and of the one below, each by its name. */
internal val backends = listOf("java", "posix", "libaio")

/** JVMs of their own, for what would not do this one good: limits, filters, mounts, SIGKILL. */
internal object ChildJvm {
    private val patienceSeconds = 240L * scaled(1)

    /** Starts fast and stays small: there may be hundreds of them, one after the other. */
    private val options =
        listOf("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m") +
            // Since JDK 24 the JVM warns about native access that nobody granted (JEP 472).
            if (Runtime.version().feature() < 24) listOf()
            else listOf("--enable-native-access=ALL-UNNAMED")

    /**
     * This JVM's, with jars for the directories in it: where every class is a file of its own, a
     * limit on descriptors is one on classes.
     */
    private val classPath: String by lazy {
        System.getProperty("java.class.path").split(File.pathSeparator).joinToString(
            File.pathSeparator
        ) {
            if (File(it).isDirectory) pack(File(it)).path else it
        }
    }

    private fun pack(directory: File): File {
        val packed = File.createTempFile("aiofile-classes", ".jar").apply { deleteOnExit() }
        JarOutputStream(packed.outputStream().buffered()).use { jar ->
            jar.setLevel(Deflater.NO_COMPRESSION)
            for (file in directory.walk().filter { it.isFile }) {
                jar.putNextEntry(ZipEntry(file.relativeTo(directory).invariantSeparatorsPath))
                file.inputStream().use { it.copyTo(jar) }
            }
        }
        return packed
    }

    fun command(
        main: KClass<*>,
        arguments: List<String>,
        more: List<String> = listOf(),
    ): List<String> {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val scale = listOf("-Daiofile.scale=${scaled(1)}")
        return listOf(java, "-cp", classPath) + options + scale + more + main.java.name + arguments
    }

    fun start(command: List<String>, and: ProcessBuilder.() -> Unit = {}): Process =
        ProcessBuilder(command).apply { environment().remove("AIOFILE_BACKEND") }.apply(and).start()

    /**
     * Runs one of the [Scenario]s, which has to pass.
     *
     * @param under the command that starts the JVM, if it is to run under one
     * @param more options of the JVM
     */
    fun passes(
        scenario: String,
        vararg arguments: Any,
        under: List<String> = listOf(),
        more: List<String> = listOf(),
    ) {
        val named = listOf(scenario) + arguments.map { "$it" }
        val output = File.createTempFile("aiofile-child", ".txt")
        try {
            val child =
                start(under + command(Scenario::class, named, more)) {
                    redirectErrorStream(true).redirectOutput(output)
                }
            val ended = child.waitFor(patienceSeconds, SECONDS)
            if (!ended) child.destroyForcibly().waitFor()
            withClue("$named said:\n${output.readText()}") {
                ended shouldBe true
                output.readLines().lastOrNull() shouldBe Scenario.PASSED
            }
        } finally {
            output.delete()
        }
    }
}

/** The way to a file system that only one child sees, so that nothing stays mounted. */
internal object Mounts {
    /**
     * Starts a command in a namespace for its own mounts; null if that can't be had. The second is
     * for those who are not root, where the machine allows user namespaces.
     */
    val namespace: List<String>? by lazy {
        listOf(listOf("unshare", "-m"), listOf("unshare", "-rm")).firstOrNull { command ->
            val place = Path.of(System.getProperty("java.io.tmpdir"))
            succeeds(command + listOf("mount", "-t", "tmpfs", "none", "$place"))
        }
    }

    /** Whether a tmpfs can be mounted, and a small ext4 by way of a loop device. */
    val canMount: Boolean by lazy { namespace != null }
    val canLoop: Boolean by lazy {
        val image = File.createTempFile("aiofile-image", ".ext4")
        val place = Path.of(System.getProperty("java.io.tmpdir"))
        try {
            canMount && makeExt4(image, 8) && succeeds(ext4(image, place) + "true")
        } finally {
            image.delete()
        }
    }

    /** An ext4 in a file, of so many MiB. */
    fun makeExt4(image: File, size: Long): Boolean {
        RandomAccessFile(image, "rw").use { it.setLength(size shl 20) }
        val make = "PATH=\$PATH:/usr/sbin:/sbin mkfs.ext4 -q -F \"\$0\""
        return succeeds(listOf("sh", "-c", make, image.path))
    }

    fun tmpfs(place: Path, options: String): List<String> =
        mounting("mount -t tmpfs -o $options none \"\$0\"", place)

    fun ext4(image: File, place: Path): List<String> =
        mounting("mount -o loop '${image.path}' \"\$0\"", place)

    private fun mounting(mount: String, place: Path): List<String> =
        namespace!! + listOf("sh", "-c", "$mount && exec \"\$@\"", "$place")

    private fun succeeds(command: List<String>): Boolean = runCatching {
        val process =
            ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
        process.waitFor(60, SECONDS) && process.exitValue() == 0
    }
        .getOrDefault(false)
}
