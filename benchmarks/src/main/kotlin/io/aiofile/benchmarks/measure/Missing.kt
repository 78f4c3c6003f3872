package io.aiofile.benchmarks.measure

/** Somebody can't take part, or a state can't be made; the message says why. Not a failure. */
internal class Missing(reason: String) : Exception(reason)

/** Somebody took part and gave a wrong result. */
internal class WrongResult(what: String) : Exception(what)
