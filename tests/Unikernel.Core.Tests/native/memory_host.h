// Runs memory/ of the core on the host: an arena stands in for the RAM, and physical addresses are offsets
// into it.
#ifndef MEMORY_HOST_H
#define MEMORY_HOST_H

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static unsigned char *arena;
#define DIRECT_MAP_BASE ((uint64_t)arena)
#define CORE_HOST_TEST

#include "core.h"

#define ARENA_SIZE (64ul << 20)
#define RAM_START (1ul << 20) // below it, nothing: physical 0 means "none"

void panic(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("FAIL panic: ", stdout);
    vprintf(format, args);
    puts("");
    exit(1);
}

static void arena_create(void) {
    arena =
        mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (size_t i = 0; i < 8 << 20; i++) // memory is not zero when the core finds it
        arena[RAM_START + i] = (unsigned char)(i % 12);
}

// xorshift64*: the same sequence everywhere, so that a failure can be repeated.
static uint64_t random_state = 0x9e3779b97f4a7c15;
static inline uint64_t random_next(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1d;
}
static inline size_t random_below(size_t bound) {
    return random_next() % bound;
}

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("FAIL %s:%d: %s (operation %d)\n", __FILE__, __LINE__, #condition, operation);            \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)
static int operation;

#endif
