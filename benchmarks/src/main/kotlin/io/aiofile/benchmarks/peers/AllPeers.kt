package io.aiofile.benchmarks.peers

import io.aiofile.benchmarks.worker.Peer
import io.aiofile.spi.BackendProvider
import java.util.ServiceLoader

/** Names of this library's backends, as installed, the preferred one first. */
internal fun backends(): List<String> =
    ServiceLoader.load(BackendProvider::class.java)
        .sortedByDescending { it.preference() }
        .map { it.name() }

/** Everybody who is played by a process of this program. */
internal fun allPeers(): List<Peer> =
    backends().map(::AiofilePeer) +
        backends().map(::AiofileKotlinPeer) +
        listOf(
            AsynchronousFileChannelPeer(),
            FileChannelPeer(),
            VertxPeer(),
            JasyncfioPeer(),
            FileInputStreamPeer(),
            BufferedReaderPeer(),
            FilesCopyPeer(),
            OkioPeer(),
        )
