package io.aiofile.contract

import io.kotest.core.spec.style.FunSpec
import org.jetbrains.lincheck.Lincheck

/**
 * A test whose threads Lincheck interleaves, in one way after the other: those that the body
 * starts, and joins. The body is to make all its objects itself, since it runs again and again.
 */
fun FunSpec.everyInterleaving(name: String, body: () -> Unit) {
    agent
    test(name) { Lincheck.runConcurrentTest(scaled(INVOCATIONS)) { body() } }
}

/** Not a matcher of Kotest's: Lincheck would look into that too, for many times the time. */
fun must(holds: Boolean) {
    if (!holds) throw AssertionError("does not hold")
}

private const val INVOCATIONS = 50

/** Before the first test: attaching an agent leaves a socket of the JVM's behind. */
private val agent by lazy { Lincheck.runConcurrentTest(1) {} }
