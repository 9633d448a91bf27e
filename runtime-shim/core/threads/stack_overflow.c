// A thread ran into the guard below its stack. There is no stack left on which managed code could report it,
// so the core does, in the runtime's words, and ends with the code of an aborted process.
#include "panic.h"
#include "signals.h"
#include "threads.h"

#define EXIT_ABORTED 134 // 128 + SIGABRT

_Noreturn void stack_overflow(struct trap_frame *f) {
    const struct thread *t = thread_current();
    kprintf("Stack overflow.\nUKN9012 thread %u \"%s\" used up its stack of %lu KB\n", t->id, t->name,
            t->stack_size / 1024);
    backtrace_print(f->rip, f->rbp);
    machine_exit(EXIT_ABORTED);
}
