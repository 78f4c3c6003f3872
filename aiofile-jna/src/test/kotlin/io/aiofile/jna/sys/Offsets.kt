package io.aiofile.jna.sys

import com.sun.jna.Structure

/** A C struct as JNA lays it out: the independent source that our offsets are compared with. */
abstract class CStruct : Structure() {
    fun offsetOf(field: String): Int = fieldOffset(field)
}
