// pthread mutexes, in the 40 bytes of glibc's pthread_mutex_t. Zero-initialised is an unlocked normal mutex.
//
// The word says all while nobody waits, so an uncontended lock and unlock never enter the core.
#include "pthread_types.h"

enum { UNLOCKED, LOCKED, CONTENDED };

static bool take(struct mutex *m) {
    uint32_t expected = UNLOCKED;
    return __atomic_compare_exchange_n(&m->word, &expected, LOCKED, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static uint64_t lock_wait(uint64_t mutex, uint64_t deadline, uint64_t c, uint64_t d) {
    (void)c, (void)d;
    struct mutex *m = (struct mutex *)mutex;
    while (m->word != UNLOCKED) {
        m->word = CONTENDED;
        if (!wait_on(&m->waiters, deadline) && m->word != UNLOCKED)
            return ETIMEDOUT;
    }
    m->word = m->waiters.head ? CONTENDED : LOCKED;
    return 0;
}

static uint64_t unlock_wake(uint64_t mutex, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    struct mutex *m = (struct mutex *)mutex;
    m->word = UNLOCKED;
    wake_one(&m->waiters);
    return 0;
}

static int lock_until(struct mutex *m, uint64_t deadline) {
    if (m->kind != MUTEX_NORMAL && m->owner == thread_current()) {
        if (m->kind == MUTEX_ERRORCHECK)
            return EDEADLK;
        m->count++;
        return 0;
    }
    if (!take(m)) {
        int error = (int)kernel_call(lock_wait, (uint64_t)m, deadline, 0, 0);
        if (error)
            return error;
    }
    if (m->kind != MUTEX_NORMAL)
        m->owner = thread_current();
    return 0;
}

int pthread_mutex_lock(struct mutex *m) {
    return lock_until(m, WAIT_FOREVER);
}

int pthread_mutex_timedlock(struct mutex *m, const struct timespec *deadline) {
    return lock_until(m, deadline_monotonic(CLOCK_REALTIME, deadline));
}

int pthread_mutex_trylock(struct mutex *m) {
    if (m->kind != MUTEX_NORMAL && m->owner == thread_current()) {
        if (m->kind == MUTEX_ERRORCHECK)
            return EBUSY;
        m->count++;
        return 0;
    }
    if (!take(m))
        return EBUSY;
    if (m->kind != MUTEX_NORMAL)
        m->owner = thread_current();
    return 0;
}

int pthread_mutex_unlock(struct mutex *m) {
    if (m->kind != MUTEX_NORMAL) {
        if (m->owner != thread_current())
            return EPERM;
        if (m->count) {
            m->count--;
            return 0;
        }
        m->owner = NULL;
    }
    mutex_release(m);
    return 0;
}

void mutex_release(struct mutex *m) {
    uint32_t expected = LOCKED;
    if (!__atomic_compare_exchange_n(&m->word, &expected, UNLOCKED, false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED))
        kernel_call(unlock_wake, (uint64_t)m, 0, 0, 0);
}

int pthread_mutex_init(struct mutex *m, const struct mutex_attributes *attributes) {
    *m = (struct mutex){.kind = attributes ? attributes->kind : MUTEX_NORMAL};
    return 0;
}

int pthread_mutex_destroy(struct mutex *m) {
    return m->word == UNLOCKED ? 0 : EBUSY;
}

int pthread_mutexattr_init(struct mutex_attributes *a) {
    a->kind = MUTEX_NORMAL;
    return 0;
}
int pthread_mutexattr_destroy(struct mutex_attributes *a) {
    (void)a;
    return 0;
}
int pthread_mutexattr_settype(struct mutex_attributes *a, int kind) {
    if (kind < 0 || kind > MUTEX_ADAPTIVE)
        return EINVAL;
    a->kind = kind == MUTEX_ADAPTIVE ? MUTEX_NORMAL : kind; // adaptive: a normal one that spins first
    return 0;
}
