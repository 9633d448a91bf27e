// Clock ids and struct timespec of Linux.
#ifndef CLOCKS_H
#define CLOCKS_H

#include "core.h"

enum {
    CLOCK_REALTIME,
    CLOCK_MONOTONIC,
    CLOCK_PROCESS_CPUTIME_ID,
    CLOCK_THREAD_CPUTIME_ID,
    CLOCK_MONOTONIC_RAW,
    CLOCK_REALTIME_COARSE,
    CLOCK_MONOTONIC_COARSE,
    CLOCK_BOOTTIME
};
#define NS_PER_SECOND 1000000000ull

struct timespec {
    int64_t seconds, nanoseconds;
};

// An absolute time of `clock` as a time of time_monotonic_ns(), for wait_on().
uint64_t deadline_monotonic(int clock, const struct timespec *t);
static inline bool timespec_valid(const struct timespec *t) {
    return t->seconds >= 0 && t->nanoseconds >= 0 && (uint64_t)t->nanoseconds < NS_PER_SECOND;
}

#endif
