// The clock and sleep functions of libc.
#include "clocks.h"
#include "core.h"
#include "errors.h"
#include "threads.h"

struct timeval {
    int64_t seconds, microseconds;
};

static bool clock_read(int clock, uint64_t *ns) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        *ns = time_realtime_ns();
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ns = time_monotonic_ns();
        return true;
    case CLOCK_PROCESS_CPUTIME_ID:
        *ns = sched_cpu_time(NULL);
        return true;
    case CLOCK_THREAD_CPUTIME_ID:
        *ns = sched_cpu_time(thread_current());
        return true;
    default:
        return false;
    }
}

static struct timespec timespec_from(uint64_t ns) {
    return (struct timespec){(int64_t)(ns / NS_PER_SECOND), (int64_t)(ns % NS_PER_SECOND)};
}

static uint64_t ns_from(const struct timespec *t) {
    uint64_t seconds = (uint64_t)t->seconds, ns;
    if (__builtin_mul_overflow(seconds, NS_PER_SECOND, &ns) ||
        __builtin_add_overflow(ns, (uint64_t)t->nanoseconds, &ns))
        return WAIT_FOREVER - 1;
    return ns;
}

uint64_t deadline_monotonic(int clock, const struct timespec *t) {
    uint64_t ns = ns_from(t);
    if (clock != CLOCK_REALTIME)
        return ns;
    uint64_t now = time_realtime_ns();
    return ns > now ? time_monotonic_ns() + (ns - now) : 0;
}

int clock_gettime(int clock, struct timespec *out) {
    uint64_t ns;
    if (!clock_read(clock, &ns))
        return error_set(EINVAL);
    *out = timespec_from(ns);
    return 0;
}

int clock_getres(int clock, struct timespec *out) {
    uint64_t ns;
    if (!clock_read(clock, &ns))
        return error_set(EINVAL);
    if (out)
        *out = timespec_from(1);
    return 0;
}

int gettimeofday(struct timeval *out, void *zone) {
    (void)zone;
    uint64_t us = time_realtime_ns() / 1000;
    *out = (struct timeval){(int64_t)(us / 1000000), (int64_t)(us % 1000000)};
    return 0;
}

int64_t time(int64_t *out) {
    int64_t seconds = (int64_t)(time_realtime_ns() / NS_PER_SECOND);
    if (out)
        *out = seconds;
    return seconds;
}

static uint64_t sleep_locked(uint64_t deadline, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    wait_on(NULL, deadline);
    return 0;
}

static void sleep_until(uint64_t deadline) {
    kernel_call(sleep_locked, deadline, 0, 0, 0);
}

#define TIMER_ABSTIME 1
int clock_nanosleep(int clock, int flags, const struct timespec *t, struct timespec *left) {
    if (!timespec_valid(t))
        return EINVAL;
    if (flags & TIMER_ABSTIME)
        sleep_until(deadline_monotonic(clock, t));
    else {
        uint64_t now = time_monotonic_ns(), span = ns_from(t);
        sleep_until(span < WAIT_FOREVER - 1 - now ? now + span : WAIT_FOREVER - 1);
    }
    if (left)
        *left = (struct timespec){0, 0};
    return 0;
}

int nanosleep(const struct timespec *t, struct timespec *left) {
    int error = clock_nanosleep(CLOCK_MONOTONIC, 0, t, left);
    return error ? error_set(error) : 0;
}

int usleep(unsigned us) {
    sleep_until(time_monotonic_ns() + us * 1000ull);
    return 0;
}

unsigned sleep(unsigned seconds) {
    sleep_until(time_monotonic_ns() + seconds * NS_PER_SECOND);
    return 0;
}
