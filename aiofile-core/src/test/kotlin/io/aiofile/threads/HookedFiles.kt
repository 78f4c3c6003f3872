package io.aiofile.threads

import java.net.URI
import java.nio.ByteBuffer
import java.nio.MappedByteBuffer
import java.nio.channels.FileChannel
import java.nio.channels.ReadableByteChannel
import java.nio.channels.SeekableByteChannel
import java.nio.channels.WritableByteChannel
import java.nio.file.AccessMode
import java.nio.file.CopyOption
import java.nio.file.DirectoryStream
import java.nio.file.FileStore
import java.nio.file.FileSystem
import java.nio.file.Files
import java.nio.file.LinkOption
import java.nio.file.OpenOption
import java.nio.file.Path
import java.nio.file.attribute.BasicFileAttributes
import java.nio.file.attribute.FileAttribute
import java.nio.file.attribute.FileAttributeView
import java.nio.file.spi.FileSystemProvider

/** Paths of the real file system that let a test do something, or refuse, before each open. */
internal class HookedFiles(
    private val wrap: (FileChannel) -> FileChannel = { it },
    private val beforeOpen: (Set<OpenOption>) -> Unit = {},
) {
    fun path(real: Path): Path = HookedPath(real)

    private inner class HookedPath(val real: Path) : Path by real {
        override fun getFileSystem(): FileSystem = HookedFileSystem(real.fileSystem, provider)

        override fun toString() = real.toString()
    }

    private class HookedFileSystem(val real: FileSystem, val provider: FileSystemProvider) :
        FileSystem() {
        override fun provider() = provider

        override fun close() = throw UnsupportedOperationException()

        override fun isOpen() = true

        override fun isReadOnly() = false

        override fun getSeparator(): String = real.separator

        override fun getRootDirectories(): Iterable<Path> = real.rootDirectories

        override fun getFileStores(): Iterable<FileStore> = real.fileStores

        override fun supportedFileAttributeViews(): Set<String> = real.supportedFileAttributeViews()

        override fun getPath(first: String, vararg more: String) = real.getPath(first, *more)

        override fun getPathMatcher(syntaxAndPattern: String) =
            real.getPathMatcher(syntaxAndPattern)

        override fun getUserPrincipalLookupService() = real.userPrincipalLookupService

        override fun newWatchService() = real.newWatchService()
    }

    private val provider =
        object : FileSystemProvider() {
            private fun real(path: Path) = (path as HookedPath).real

            override fun newFileChannel(
                path: Path,
                options: Set<OpenOption>,
                vararg attributes: FileAttribute<*>,
            ): FileChannel {
                beforeOpen(options)
                return wrap(FileChannel.open(real(path), options, *attributes))
            }

            override fun <A : BasicFileAttributes> readAttributes(
                path: Path,
                type: Class<A>,
                vararg options: LinkOption,
            ): A = Files.readAttributes(real(path), type, *options)

            override fun getFileStore(path: Path): FileStore = Files.getFileStore(real(path))

            override fun getScheme() = "hooked"

            override fun newFileSystem(uri: URI, env: Map<String, *>) = none()

            override fun getFileSystem(uri: URI) = none()

            override fun getPath(uri: URI) = none()

            override fun newByteChannel(
                path: Path,
                options: Set<OpenOption>,
                vararg attributes: FileAttribute<*>,
            ): SeekableByteChannel = none()

            override fun newDirectoryStream(
                dir: Path,
                filter: DirectoryStream.Filter<in Path>,
            ): DirectoryStream<Path> = none()

            override fun createDirectory(dir: Path, vararg attributes: FileAttribute<*>) = none()

            override fun delete(path: Path) = none()

            override fun copy(source: Path, target: Path, vararg options: CopyOption) = none()

            override fun move(source: Path, target: Path, vararg options: CopyOption) = none()

            override fun isSameFile(path: Path, path2: Path) = none()

            override fun isHidden(path: Path) = none()

            override fun checkAccess(path: Path, vararg modes: AccessMode) = none()

            override fun <V : FileAttributeView> getFileAttributeView(
                path: Path,
                type: Class<V>,
                vararg options: LinkOption,
            ): V = none()

            override fun readAttributes(
                path: Path,
                attributes: String,
                vararg options: LinkOption,
            ): Map<String, Any> = none()

            override fun setAttribute(
                path: Path,
                attribute: String,
                value: Any,
                vararg options: LinkOption,
            ) = none()
        }

    private fun none(): Nothing = throw UnsupportedOperationException("not hooked")
}

/** A channel whose size a test can make stale: what it runs comes between asking and acting. */
internal class StaleSizeChannel(private val real: FileChannel, private val afterSize: () -> Unit) :
    FileChannel() {
    override fun size() = real.size().also { afterSize() }

    override fun read(dst: ByteBuffer) = real.read(dst)

    override fun read(dsts: Array<ByteBuffer>, offset: Int, length: Int) =
        real.read(dsts, offset, length)

    override fun read(dst: ByteBuffer, position: Long) = real.read(dst, position)

    override fun write(src: ByteBuffer) = real.write(src)

    override fun write(srcs: Array<ByteBuffer>, offset: Int, length: Int) =
        real.write(srcs, offset, length)

    override fun write(src: ByteBuffer, position: Long) = real.write(src, position)

    override fun position() = real.position()

    override fun position(newPosition: Long) = apply { real.position(newPosition) }

    override fun truncate(size: Long) = apply { real.truncate(size) }

    override fun force(metaData: Boolean) = real.force(metaData)

    override fun transferTo(
        position: Long,
        count: Long,
        target: WritableByteChannel,
    ) = real.transferTo(position, count, target)

    override fun transferFrom(
        src: ReadableByteChannel,
        position: Long,
        count: Long,
    ) = real.transferFrom(src, position, count)

    override fun map(mode: MapMode, position: Long, size: Long): MappedByteBuffer =
        throw UnsupportedOperationException()

    override fun lock(position: Long, size: Long, shared: Boolean) =
        real.lock(position, size, shared)

    override fun tryLock(position: Long, size: Long, shared: Boolean) =
        real.tryLock(position, size, shared)

    override fun implCloseChannel() = real.close()
}
