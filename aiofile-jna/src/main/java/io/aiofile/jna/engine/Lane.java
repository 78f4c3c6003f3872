package io.aiofile.jna.engine;

/** How an operation gets done. */
enum Lane {
  /** By a slot of the kernel's queue and the completion thread. */
  KERNEL,
  /** By a system call on a worker thread. */
  WORKER,
  /** By a system call that does not block, once poll(2) says that it will do something. */
  WAITING
}
