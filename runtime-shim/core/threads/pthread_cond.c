// Condition variables.
#include "pthread_types.h"

static uint64_t sleep_on(uint64_t condition, uint64_t mutex, uint64_t deadline, uint64_t d) {
    (void)d;
    mutex_release((struct mutex *)mutex); // interrupts are off: no signal can come between this and the wait
    return wait_on(&((struct condition *)condition)->waiters, deadline) ? 0 : ETIMEDOUT;
}

static int wait_until(struct condition *c, struct mutex *m, uint64_t deadline) {
    uint32_t count = m->count;
    if (m->kind != MUTEX_NORMAL) {
        if (m->owner != thread_current())
            return EPERM;
        m->owner = NULL;
        m->count = 0;
    }
    int result = (int)kernel_call(sleep_on, (uint64_t)c, (uint64_t)m, deadline, 0);
    pthread_mutex_lock(m);
    m->count = count;
    return result;
}

int pthread_cond_wait(struct condition *c, struct mutex *m) {
    return wait_until(c, m, WAIT_FOREVER);
}

int pthread_cond_timedwait(struct condition *c, struct mutex *m, const struct timespec *deadline) {
    if (!timespec_valid(deadline))
        return EINVAL;
    return wait_until(c, m, deadline_monotonic(c->clock, deadline));
}

int pthread_cond_clockwait(struct condition *c, struct mutex *m, int clock, const struct timespec *deadline) {
    if (!timespec_valid(deadline))
        return EINVAL;
    return wait_until(c, m, deadline_monotonic(clock, deadline));
}

static uint64_t signal_one(uint64_t condition, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    wake_one(&((struct condition *)condition)->waiters);
    return 0;
}
static uint64_t signal_all(uint64_t condition, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    wake_all(&((struct condition *)condition)->waiters);
    return 0;
}

int pthread_cond_signal(struct condition *c) {
    if (c->waiters.head)
        kernel_call(signal_one, (uint64_t)c, 0, 0, 0);
    return 0;
}
int pthread_cond_broadcast(struct condition *c) {
    if (c->waiters.head)
        kernel_call(signal_all, (uint64_t)c, 0, 0, 0);
    return 0;
}

int pthread_cond_init(struct condition *c, const struct condition_attributes *attributes) {
    *c = (struct condition){.clock = attributes ? attributes->clock : CLOCK_REALTIME};
    return 0;
}
int pthread_cond_destroy(struct condition *c) {
    (void)c;
    return 0;
}
int pthread_condattr_init(struct condition_attributes *a) {
    a->clock = CLOCK_REALTIME;
    return 0;
}
int pthread_condattr_destroy(struct condition_attributes *a) {
    (void)a;
    return 0;
}
int pthread_condattr_setclock(struct condition_attributes *a, int clock) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    a->clock = clock;
    return 0;
}
