// syscall(): the numbers that the runtime asks for by number (x86-64 table).
#include "errors.h"
#include "threads.h"

enum { SYS_gettid = 186, SYS_get_mempolicy = 239, SYS_getrandom = 318, SYS_membarrier = 324 };
enum { MEMBARRIER_QUERY = 0, MEMBARRIER_PRIVATE_EXPEDITED = 8, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 16 };

// A thread that is not running has passed a context switch, which is a full barrier. With more CPUs: an
// interrupt to the others.
static long membarrier(long command) {
    switch (command) {
    case MEMBARRIER_QUERY:
        return MEMBARRIER_PRIVATE_EXPEDITED | MEMBARRIER_REGISTER_PRIVATE_EXPEDITED;
    case MEMBARRIER_PRIVATE_EXPEDITED:
    case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return 0;
    default:
        return error_set(EINVAL);
    }
}

long getrandom(void *buffer, size_t length, unsigned flags) {
    (void)flags;
    entropy_fill(buffer, length);
    return (long)length;
}

long syscall(long number, long a, long b, long c) {
    switch (number) {
    case SYS_gettid:
        return thread_current()->id;
    case SYS_getrandom:
        return getrandom((void *)a, (size_t)b, (unsigned)c);
    case SYS_membarrier:
        return membarrier(a);
    default: // get_mempolicy: no NUMA, which is what the GC concludes
        return error_set(ENOSYS);
    }
}
