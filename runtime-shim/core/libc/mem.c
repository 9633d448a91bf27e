// memcpy, memmove, memset, memcmp. The garbage collector clears its allocation contexts with memset and moves
// large spans with memmove, so these decide about the speed of the heap: 64 bytes a step in SSE registers,
// overlapping moves for the ends.
//
// Up to 64 bytes only general registers are used, so that a structure assignment in trap context leaves XMM
// alone. `rep movsb` is not used: what a real CPU gains by it above some kilobytes, an emulated one loses ten
// times over.
#include "core.h"
#include <emmintrin.h>

typedef uint64_t word __attribute__((may_alias, aligned(1)));
typedef uint32_t half __attribute__((may_alias, aligned(1)));
typedef uint16_t quarter __attribute__((may_alias, aligned(1)));

#define LOAD(p) _mm_loadu_si128((const __m128i *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(p), v)

// Every load comes before every store of its case, so that overlap does not matter.
static inline void move_small(char *to, const char *from, size_t n) {
    if (n >= 32) {
        word a = *(word *)from, b = *(word *)(from + 8), c = *(word *)(from + 16), d = *(word *)(from + 24);
        const char *tail = from + n - 32;
        word e = *(word *)tail, f = *(word *)(tail + 8), g = *(word *)(tail + 16), h = *(word *)(tail + 24);
        *(word *)to = a, *(word *)(to + 8) = b, *(word *)(to + 16) = c, *(word *)(to + 24) = d;
        to += n - 32;
        *(word *)to = e, *(word *)(to + 8) = f, *(word *)(to + 16) = g, *(word *)(to + 24) = h;
    } else if (n >= 16) {
        word a = *(word *)from, b = *(word *)(from + 8), c = *(word *)(from + n - 16),
             d = *(word *)(from + n - 8);
        *(word *)to = a, *(word *)(to + 8) = b, *(word *)(to + n - 16) = c, *(word *)(to + n - 8) = d;
    } else if (n >= 8) {
        word a = *(word *)from, b = *(word *)(from + n - 8);
        *(word *)to = a, *(word *)(to + n - 8) = b;
    } else if (n >= 4) {
        half a = *(half *)from, b = *(half *)(from + n - 4);
        *(half *)to = a, *(half *)(to + n - 4) = b;
    } else if (n >= 2) {
        quarter a = *(quarter *)from, b = *(quarter *)(from + n - 2);
        *(quarter *)to = a, *(quarter *)(to + n - 2) = b;
    } else if (n)
        *to = *from;
}

void *memmove(void *destination, const void *source, size_t n) {
    char *to = destination;
    const char *from = source;
    if (n <= 64) {
        move_small(to, from, n);
        return destination;
    }
    if ((uintptr_t)to - (uintptr_t)from >= n) { // upwards is safe
        __m128i t0 = LOAD(from + n - 64), t1 = LOAD(from + n - 48), t2 = LOAD(from + n - 32),
                t3 = LOAD(from + n - 16);
        char *end = to + n;
        for (; n > 64; n -= 64, from += 64, to += 64) {
            __m128i a = LOAD(from), b = LOAD(from + 16), c = LOAD(from + 32), d = LOAD(from + 48);
            STORE(to, a), STORE(to + 16, b), STORE(to + 32, c), STORE(to + 48, d);
        }
        STORE(end - 64, t0), STORE(end - 48, t1), STORE(end - 32, t2), STORE(end - 16, t3);
    } else {
        __m128i t0 = LOAD(from), t1 = LOAD(from + 16), t2 = LOAD(from + 32), t3 = LOAD(from + 48);
        for (; n > 64; n -= 64) {
            const char *f = from + n - 64;
            char *t = to + n - 64;
            __m128i a = LOAD(f), b = LOAD(f + 16), c = LOAD(f + 32), d = LOAD(f + 48);
            STORE(t, a), STORE(t + 16, b), STORE(t + 32, c), STORE(t + 48, d);
        }
        STORE(to, t0), STORE(to + 16, t1), STORE(to + 32, t2), STORE(to + 48, t3);
    }
    return destination;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
    return memmove(to, from, n);
}

void *memset(void *destination, int value, size_t n) {
    char *to = destination;
    uint64_t pattern = (uint8_t)value * 0x0101010101010101ul;
    if (n <= 64) {
        if (n >= 8) {
            char *last = to + n - 8;
            for (; to < last; to += 8)
                *(word *)to = pattern;
            *(word *)last = pattern;
        } else
            for (size_t i = 0; i < n; i++)
                ((volatile char *)to)[i] = (char)value;
        return destination;
    }
    __m128i v = _mm_set1_epi8((char)value);
    char *end = to + n;
    STORE(to, v);
    to = (char *)ALIGN_UP((uintptr_t)to + 1, 16ul);
    for (; (size_t)(end - to) > 64; to += 64) {
        __m128i *line = (__m128i *)to;
        _mm_store_si128(line, v), _mm_store_si128(line + 1, v), _mm_store_si128(line + 2, v),
            _mm_store_si128(line + 3, v);
    }
    STORE(end - 64, v), STORE(end - 48, v), STORE(end - 32, v), STORE(end - 16, v);
    return destination;
}

int memcmp(const void *left, const void *right, size_t n) {
    const uint8_t *a = left, *b = right;
    for (; n >= 8; n -= 8, a += 8, b += 8) {
        uint64_t x = *(const word *)a, y = *(const word *)b;
        if (x != y)
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
    }
    for (; n; n--, a++, b++)
        if (*a != *b)
            return *a - *b;
    return 0;
}

int bcmp(const void *left, const void *right, size_t n) {
    return memcmp(left, right, n);
}
