// The entry points of System.Native that must not be C#: they work inside the runtime's own threading and
// memory code (dotnet/runtime src/native/libs/System.Native/pal_threading.c, pal_memory.c). Weak, so that the
// stock archive may still be linked.
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "errors.h"
#include "pthread_types.h"
#include <sys/mman.h>

#define WEAK __attribute__((weak))
#define NS_PER_MS 1000000ull

_Noreturn void abort(void);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);
void *aligned_alloc(size_t alignment, size_t size);
size_t malloc_usable_size(void *p);
void *memcpy(void *to, const void *from, size_t length);
int *__errno_location(void);

int pthread_mutex_unlock(struct mutex *m);
int pthread_cond_wait(struct condition *c, struct mutex *m);
int pthread_cond_timedwait(struct condition *c, struct mutex *m, const struct timespec *deadline);
int pthread_cond_signal(struct condition *c);

// ---- low-level monitors: what Monitor, WaitHandle and the thread pool wait with ----

struct monitor {
    struct mutex mutex;
    struct condition condition;
};

WEAK struct monitor *SystemNative_LowLevelMonitor_Create(void) {
    struct monitor *m = calloc(1, sizeof *m);
    if (m)
        m->condition.clock = CLOCK_MONOTONIC;
    return m;
}
WEAK void SystemNative_LowLevelMonitor_Destroy(struct monitor *m) {
    free(m);
}
WEAK void SystemNative_LowLevelMonitor_Acquire(struct monitor *m) {
    pthread_mutex_lock(&m->mutex);
}
WEAK void SystemNative_LowLevelMonitor_Release(struct monitor *m) {
    pthread_mutex_unlock(&m->mutex);
}
WEAK void SystemNative_LowLevelMonitor_Wait(struct monitor *m) {
    pthread_cond_wait(&m->condition, &m->mutex);
}
WEAK int32_t SystemNative_LowLevelMonitor_TimedWait(struct monitor *m, int32_t timeout_ms) {
    uint64_t deadline = time_monotonic_ns() + (uint64_t)timeout_ms * NS_PER_MS;
    struct timespec t = {(int64_t)(deadline / NS_PER_SECOND), (int64_t)(deadline % NS_PER_SECOND)};
    return pthread_cond_timedwait(&m->condition, &m->mutex, &t) == 0;
}
WEAK void SystemNative_LowLevelMonitor_Signal_Release(struct monitor *m) {
    pthread_cond_signal(&m->condition);
    pthread_mutex_unlock(&m->mutex);
}

// ---- threads ----

#define DEFAULT_STACK_SIZE (1536ul << 10) // what the runtime asks for where the C library's default is small

WEAK int32_t SystemNative_CreateThread(size_t stack_size, void *(*start)(void *), void *parameter) {
    struct thread *t;
    return thread_create(&t, start, parameter, stack_size ? stack_size : DEFAULT_STACK_SIZE, true);
}
WEAK int32_t SystemNative_SchedGetCpu(void) {
    return (int32_t)cpu_current()->id;
}
WEAK uint32_t SystemNative_TryGetUInt32OSThreadId(void) {
    return thread_current()->id;
}
WEAK _Noreturn void SystemNative_Abort(void) {
    abort();
}
WEAK _Noreturn void SystemNative_Exit(int32_t code) {
    exit(code);
}

// ---- memory ----

WEAK void *SystemNative_Malloc(size_t size) {
    return malloc(size);
}
WEAK void *SystemNative_Calloc(size_t count, size_t size) {
    return calloc(count, size);
}
WEAK void *SystemNative_Realloc(void *p, size_t size) {
    return realloc(p, size);
}
WEAK void SystemNative_Free(void *p) {
    free(p);
}
WEAK void *SystemNative_AlignedAlloc(size_t alignment, size_t size) {
    return aligned_alloc(alignment, size);
}
WEAK void SystemNative_AlignedFree(void *p) {
    free(p);
}
WEAK void *SystemNative_AlignedRealloc(void *p, size_t alignment, size_t size) {
    void *moved = aligned_alloc(alignment, size);
    if (moved && p) {
        size_t old = malloc_usable_size(p);
        memcpy(moved, p, old < size ? old : size);
        free(p);
    }
    return moved;
}

// Address space, for the runtime's own use: System.Private.CoreLib reserves a range for the objects that never move, the first
// of them with the first Type (FrozenObjectHeapManager.Unix.cs). There are no files to map. The numbers are pal_io.h's.
enum { PAL_MAP_PRIVATE = 0x02, PAL_MAP_ANONYMOUS = 0x10 };

WEAK void *SystemNative_MMap(void *hint, uint64_t length, int32_t protection, int32_t flags, intptr_t fd, int64_t offset) {
    (void)fd, (void)offset;
    if (flags != (PAL_MAP_PRIVATE | PAL_MAP_ANONYMOUS)) {
        *__errno_location() = ENODEV;
        return NULL;
    }
    void *p = mmap(hint, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // PAL_PROT_* are PROT_*
    return p == MAP_FAILED ? NULL : p;
}
WEAK int32_t SystemNative_MUnmap(void *start, uint64_t length) {
    return munmap(start, length);
}
WEAK int32_t SystemNative_MProtect(void *start, uint64_t length, int32_t protection) {
    return mprotect(start, length, protection);
}
WEAK int32_t SystemNative_MAdvise(void *start, uint64_t length, int32_t advice) {
    (void)start, (void)length, (void)advice; // PAL_MADV_DONTFORK: nothing forks
    return 0;
}
