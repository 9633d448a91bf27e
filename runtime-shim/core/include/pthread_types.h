// The pthread objects, each within the size of glibc's type on x86-64 (bits/pthreadtypes.h): callers allocate
// them.
#ifndef PTHREAD_TYPES_H
#define PTHREAD_TYPES_H

#include "clocks.h"
#include "core.h"
#include "errors.h"
#include "threads.h"

enum { MUTEX_NORMAL, MUTEX_RECURSIVE, MUTEX_ERRORCHECK, MUTEX_ADAPTIVE };
struct mutex {
    uint32_t word;
    uint32_t count; // of repeated locks by the owner
    struct thread *owner;
    int kind; // glibc's static initialisers set it at this offset
    int unused;
    struct wait_queue waiters;
};
_Static_assert(sizeof(struct mutex) == 40 && offsetof(struct mutex, kind) == 16, "pthread_mutex_t");
struct mutex_attributes {
    int kind;
};
void mutex_release(struct mutex *m); // whatever its kind
int pthread_mutex_lock(struct mutex *m);

struct condition {
    struct wait_queue waiters;
    int clock;
    int unused[7];
};
_Static_assert(sizeof(struct condition) == 48, "pthread_cond_t");
struct condition_attributes {
    int clock;
};

struct rwlock {
    int holders; // readers; -1: a writer
    unsigned writers_waiting;
    struct wait_queue readers, writers;
    uint64_t unused[2];
};
_Static_assert(sizeof(struct rwlock) == 56, "pthread_rwlock_t");

struct thread_attributes {
    size_t stack_size, guard_size;
    uintptr_t stack_low; // pthread_getattr_np(): the thread's own
    int detached;
    uint64_t unused[3];
};
_Static_assert(sizeof(struct thread_attributes) == 56, "pthread_attr_t");

#endif
