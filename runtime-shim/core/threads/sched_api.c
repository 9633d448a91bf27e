// sched_*, and the CPU sets of glibc's <sched.h>.
#include "errors.h"
#include "threads.h"

int sched_yield(void) {
    sched_yield_now();
    return 0;
}
int pthread_yield(void) {
    return sched_yield();
}
int sched_getcpu(void) {
    return (int)cpu_current()->id;
}

static int affinity_get(size_t size, uint64_t *set) {
    if (size < sizeof *set)
        return EINVAL;
    for (size_t i = 0; i < size / sizeof *set; i++)
        set[i] = 0;
    set[0] = 1; // one CPU
    return 0;
}
int sched_getaffinity(int thread, size_t size, uint64_t *set) {
    (void)thread;
    int error = affinity_get(size, set);
    return error ? error_set(error) : 0;
}
int pthread_getaffinity_np(struct thread *t, size_t size, uint64_t *set) {
    (void)t;
    return affinity_get(size, set);
}
int sched_setaffinity(int thread, size_t size, const uint64_t *set) {
    (void)thread;
    return size >= sizeof *set && set[0] & 1 ? 0 : error_set(EINVAL);
}
int pthread_setaffinity_np(struct thread *t, size_t size, const uint64_t *set) {
    (void)t;
    return size >= sizeof *set && set[0] & 1 ? 0 : EINVAL;
}

void *__sched_cpualloc(size_t count) {
    return kmalloc((count + 63) / 64 * 8);
}
void __sched_cpufree(void *set) {
    kfree(set);
}
int __sched_cpucount(size_t size, const uint64_t *set) {
    int n = 0;
    for (size_t i = 0; i < size / sizeof *set; i++)
        n += __builtin_popcountll(set[i]);
    return n;
}
