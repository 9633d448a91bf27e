// Readers-writer locks. A waiting writer holds up new readers, so that it comes to its turn.
#include "pthread_types.h"

static uint64_t lock_read(uint64_t lock, uint64_t try_only, uint64_t c, uint64_t d) {
    (void)c, (void)d;
    struct rwlock *l = (struct rwlock *)lock;
    while (l->holders < 0 || l->writers_waiting) {
        if (try_only)
            return EBUSY;
        wait_on(&l->readers, WAIT_FOREVER);
    }
    l->holders++;
    return 0;
}

static uint64_t lock_write(uint64_t lock, uint64_t try_only, uint64_t c, uint64_t d) {
    (void)c, (void)d;
    struct rwlock *l = (struct rwlock *)lock;
    while (l->holders) {
        if (try_only)
            return EBUSY;
        l->writers_waiting++;
        wait_on(&l->writers, WAIT_FOREVER);
        l->writers_waiting--;
    }
    l->holders = -1;
    return 0;
}

static uint64_t unlock(uint64_t lock, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    struct rwlock *l = (struct rwlock *)lock;
    if (!l->holders)
        return EPERM;
    l->holders = l->holders < 0 ? 0 : l->holders - 1;
    if (!l->holders && l->writers_waiting)
        wake_one(&l->writers);
    else if (!l->holders)
        wake_all(&l->readers);
    return 0;
}

int pthread_rwlock_init(struct rwlock *l, const void *attributes) {
    (void)attributes;
    *l = (struct rwlock){0};
    return 0;
}
int pthread_rwlock_destroy(struct rwlock *l) {
    return l->holders ? EBUSY : 0;
}
int pthread_rwlock_rdlock(struct rwlock *l) {
    return (int)kernel_call(lock_read, (uint64_t)l, false, 0, 0);
}
int pthread_rwlock_tryrdlock(struct rwlock *l) {
    return (int)kernel_call(lock_read, (uint64_t)l, true, 0, 0);
}
int pthread_rwlock_wrlock(struct rwlock *l) {
    return (int)kernel_call(lock_write, (uint64_t)l, false, 0, 0);
}
int pthread_rwlock_trywrlock(struct rwlock *l) {
    return (int)kernel_call(lock_write, (uint64_t)l, true, 0, 0);
}
int pthread_rwlock_unlock(struct rwlock *l) {
    return (int)kernel_call(unlock, (uint64_t)l, 0, 0, 0);
}
