/** Suspend functions and {@code Flow}s over {@code io.aiofile.core}. */
module io.aiofile.ktx {
  requires transitive io.aiofile.core;
  requires transitive kotlin.stdlib;
  requires transitive kotlinx.coroutines.core;

  exports io.aiofile.ktx;
}
