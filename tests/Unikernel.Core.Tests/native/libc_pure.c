// sources:
// Memory, strings and numbers of libc/ against the host's. The core's have names of their own here, so that both are there.
#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#define memmove core_memmove
#define memcpy core_memcpy
#define memset core_memset
#define memcmp core_memcmp
#define bcmp core_bcmp
#include "libc/mem.c"
#undef memmove
#undef memcpy
#undef memset
#undef memcmp
#undef bcmp

#define strlen core_strlen
#define strnlen core_strnlen
#define strncmp core_strncmp
#define strcmp core_strcmp
#define strncasecmp core_strncasecmp
#define strcasecmp core_strcasecmp
#define strchr core_strchr
#define strrchr core_strrchr
#define strstr core_strstr
#define memchr core_memchr
#define strncpy core_strncpy
#define strncat core_strncat
#define strcat core_strcat
#define strcpy core_strcpy
#define strdup core_strdup
#define strtok_r core_strtok_r
#include "libc/string.c"
#undef strlen
#undef strnlen
#undef strncmp
#undef strcmp
#undef strncasecmp
#undef strcasecmp
#undef strchr
#undef strrchr
#undef strstr
#undef memchr
#undef strncpy
#undef strncat
#undef strcat
#undef strcpy
#undef strdup
#undef strtok_r

#define strtoul core_strtoul
#define strtol core_strtol
#define strtoull core_strtoull
#define strtoll core_strtoll
#define atoi core_atoi
#define srand48 core_srand48
#define lrand48 core_lrand48
#include "libc/numbers.c"
#undef strtoul
#undef strtol
#undef strtoull
#undef strtoll
#undef srand48
#undef lrand48

static uint64_t state = 88172645463325252ull;
static size_t below(size_t bound) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % bound;
}

static int sign(int x) {
    return (x > 0) - (x < 0);
}

// Every length to 300 and some large ones, at all alignments, with and without overlap; the bytes around must stay.
static void memory(void) {
    enum { SIZE = 5000 };
    static unsigned char ours[SIZE], theirs[SIZE];
    for (int round = 0; round < 60000; round++) {
        for (size_t i = 0; i < 16; i++)
            ours[below(SIZE)] = (unsigned char)below(256);
        memcpy(theirs, ours, SIZE);
        size_t n = round < 20000 ? (size_t)round % 300 : below(2000), from = below(SIZE - n), to = below(SIZE - n);
        if (below(2) && from + 64 < SIZE - n)
            to = from + below(64); // overlapping
        CHECK(core_memmove(ours + to, ours + from, n) == ours + to);
        memmove(theirs + to, theirs + from, n);
        int value = (int)below(256);
        size_t at = below(SIZE - n);
        CHECK(core_memset(ours + at, value, n) == ours + at);
        memset(theirs + at, value, n);
        if (memcmp(ours, theirs, SIZE)) {
            CHECK(!"memmove or memset differ");
            return;
        }
        CHECK(sign(core_memcmp(ours + from, theirs + to, n)) == sign(memcmp(ours + from, theirs + to, n)));
        CHECK(core_memchr(ours + from, value, n) == memchr(ours + from, value, n));
    }
}

static void strings(void) {
    for (int round = 0; round < 50000; round++) {
        char a[16], b[16];
        size_t la = below(12), lb = below(4);
        for (size_t i = 0; i < la; i++)
            a[i] = "abAB,"[below(5)];
        for (size_t i = 0; i < lb; i++)
            b[i] = "abAB,"[below(5)];
        a[la] = b[lb] = 0;
        size_t n = below(8);
        CHECK(core_strlen(a) == la && core_strnlen(a, n) == strnlen(a, n));
        CHECK(sign(core_strcmp(a, b)) == sign(strcmp(a, b)) && sign(core_strncmp(a, b, n)) == sign(strncmp(a, b, n)));
        CHECK(sign(core_strcasecmp(a, b)) == sign(strcasecmp(a, b)));
        CHECK(sign(core_strncasecmp(a, b, n)) == sign(strncasecmp(a, b, n)));
        CHECK(core_strchr(a, 'b') == strchr(a, 'b') && core_strrchr(a, 'b') == strrchr(a, 'b') && core_strchr(a, 0) == a + la);
        CHECK(core_strstr(a, b) == strstr(a, b));
        char x[64], y[64];
        memset(x, '~', sizeof x);
        memset(y, '~', sizeof y);
        core_strncpy(x, a, n), strncpy(y, a, n);
        CHECK(!memcmp(x, y, sizeof x));
        core_strcpy(x, a), strcpy(y, a);
        core_strcat(x, b), strcat(y, b);
        core_strncat(x, a, n), strncat(y, a, n);
        CHECK(!memcmp(x, y, sizeof x));
        char *copy = core_strdup(a), *again = strdup(a), *rest, *other;
        for (char *p = core_strtok_r(copy, ",B", &rest), *q = strtok_r(again, ",B", &other); p || q;
             p = core_strtok_r(NULL, ",B", &rest), q = strtok_r(NULL, ",B", &other)) {
            CHECK(p && q && !strcmp(p, q));
            if (!p || !q)
                break;
        }
        free(copy);
        free(again);
    }
}

static void numbers(void) {
    const char *texts[] = {"0", "1", "-1", "+7", "  12x", "0x1F", "0X", "0xg", "077", "08", "", "-", "z", "1e5", "7fffffffffffffff",
                           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                           "18446744073709551615", "18446744073709551616", "-18446744073709551615", "\t\n 5", "zz", "0b1"};
    const int bases[] = {0, 2, 8, 10, 16, 36};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t k = 0; k < sizeof bases / sizeof *bases; k++) {
            char *end, *other;
            errno = 0;
            long a = core_strtol(texts[i], &end, bases[k]);
            int e = errno;
            errno = 0;
            CHECK(a == strtol(texts[i], &other, bases[k]) && end == other && e == errno);
            errno = 0;
            unsigned long u = core_strtoull(texts[i], &end, bases[k]);
            e = errno;
            errno = 0;
            CHECK(u == strtoull(texts[i], &other, bases[k]) && end == other && e == errno);
        }
    core_srand48(12345);
    srand48(12345);
    for (int i = 0; i < 1000; i++)
        CHECK(core_lrand48() == lrand48());
}

int main(void) {
    RUN(memory);
    RUN(strings);
    RUN(numbers);
    return check_failures != 0;
}
