// Parsing of integers, and lrand48. (musl's parsers read through a stdio stream, so they are not pure.)
#include "libc.h"
#include <limits.h>

// The magnitude and the sign of the number at `text`; *end is where it ends, or `text` if there is none.
static uint64_t parse(const char *text, char **end, int base, bool *negative, bool *overflow) {
    const char *p = text;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        p++;
    *negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    bool prefix = p[0] == '0' && (p[1] | 32) == 'x' &&
                  ((p[2] >= '0' && p[2] <= '9') || ((p[2] | 32) >= 'a' && (p[2] | 32) <= 'f'));
    if ((base == 0 || base == 16) && prefix) {
        base = 16;
        p += 2;
    } else if (base == 0)
        base = *p == '0' ? 8 : 10;
    uint64_t value = 0;
    bool any = false;
    *overflow = false;
    for (;; p++) {
        int digit = *p >= '0' && *p <= '9'                 ? *p - '0'
                    : (*p | 32) >= 'a' && (*p | 32) <= 'z' ? (*p | 32) - 'a' + 10
                                                           : 99;
        if (digit >= base)
            break;
        any = true;
        *overflow |= __builtin_mul_overflow(value, (uint64_t)base, &value);
        *overflow |= __builtin_add_overflow(value, (uint64_t)digit, &value);
    }
    if (end)
        *end = (char *)(any ? p : text);
    return value;
}

unsigned long strtoul(const char *text, char **end, int base) {
    bool negative, overflow;
    uint64_t value = parse(text, end, base, &negative, &overflow);
    if (overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return negative ? -value : value;
}

long strtol(const char *text, char **end, int base) {
    bool negative, overflow;
    uint64_t value = parse(text, end, base, &negative, &overflow);
    if (overflow || value > (uint64_t)LONG_MAX + negative) {
        errno = ERANGE;
        return negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(negative ? -value : value);
}

unsigned long long strtoull(const char *text, char **end, int base) {
    return strtoul(text, end, base);
}

long long strtoll(const char *text, char **end, int base) {
    return strtol(text, end, base);
}

int atoi(const char *text) {
    return (int)strtol(text, NULL, 10);
}

// POSIX's 48-bit linear congruential generator. minipal (random.c) mixes it into what it reads from
// /dev/urandom.
static uint64_t rand48_state;

void srand48(long seed) {
    rand48_state = (uint64_t)(uint32_t)seed << 16 | 0x330e;
}

long lrand48(void) {
    rand48_state = (rand48_state * 0x5deece66dul + 11) & 0xfffffffffffful;
    return (long)(rand48_state >> 17);
}
