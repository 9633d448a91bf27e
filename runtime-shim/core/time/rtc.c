// The battery-backed clock (MC146818 data sheet): whole seconds, read once.
#include "calibrate.h"
#include "core.h"
#include "port.h"
#include "time_parts.h"

#define RTC_INDEX 0x70
#define RTC_DATA 0x71
enum {
    SECONDS = 0,
    MINUTES = 2,
    HOURS = 4,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    STATUS_A = 10,
    STATUS_B = 11,
    CENTURY = 0x32
};
#define UPDATE_IN_PROGRESS 0x80
#define BINARY 0x04
#define HOURS_24 0x02
#define PM 0x80

static unsigned read_register(uint8_t index) {
    out8(RTC_INDEX, index);
    return in8(RTC_DATA);
}

static unsigned from_bcd(unsigned v) {
    return v / 16 * 10 + v % 16;
}

uint64_t rtc_seconds(void) {
    static const uint8_t registers[] = {SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR};
    unsigned v[6], again;
    do { // an update may come in between: read until the seconds stay
        for (int i = 0; i < 1000 && read_register(STATUS_A) & UPDATE_IN_PROGRESS; i++)
            __builtin_ia32_pause();
        for (unsigned i = 0; i < 6; i++)
            v[i] = read_register(registers[i]);
        again = read_register(SECONDS);
    } while (again != v[0]);
    if (v[0] == 0xff && v[1] == 0xff)
        return 0; // no such device
    unsigned status = read_register(STATUS_B);
    bool pm = !(status & HOURS_24) && v[2] & PM;
    v[2] &= ~(unsigned)PM;
    if (!(status & BINARY))
        for (unsigned i = 0; i < 6; i++)
            v[i] = from_bcd(v[i]);
    if (!(status & HOURS_24))
        v[2] = v[2] % 12 + (pm ? 12 : 0);
    return (uint64_t)seconds_from_civil(2000 + (int)v[5], (int)v[4], (int)v[3], (int)v[2], (int)v[1],
                                        (int)v[0]);
}
