// Between the files of time/.
#ifndef TIME_PARTS_H
#define TIME_PARTS_H

#include <stdint.h>

void tsc_init(void);
uint64_t time_to_tsc(uint64_t monotonic_ns);

uint64_t kvmclock_hz(void);      // 0: not offered
uint64_t kvmclock_wall_ns(void); // ns since 1970, now; 0: not offered
uint64_t rtc_seconds(void);

#endif
