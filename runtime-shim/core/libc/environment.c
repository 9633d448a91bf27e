// The environment of the program, and the defaults that the runtime finds in it.
#include "libc.h"
#include <stdlib.h>
#include <string.h>

#define SMALL_MACHINE (128ul << 20)
#define RANGE_MIN (256ul << 20)
#define YOUNGEST_MAX (64ul << 20)

char **environ; // libSystem.Native reads it (pal_environment.c)

__attribute__((constructor(101))) static void environment_init(void) {
    environ = program_environ;
}

static const char *find(const char *name) {
    size_t length = strlen(name);
    for (char **word = environ; word && *word; word++)
        if (!strncmp(*word, name, length) && (*word)[length] == '=')
            return *word + length + 1;
    return NULL;
}

// Settings of the runtime that depend on the machine. Only the runtime sees them, which asks for them by name
// (RhConfig.cpp); a program that enumerates its environment sees what it was given and nothing else. What the
// user sets wins.
//
// GCRegionRange: the collector reserves twice the RAM by default (gc.cpp, regions_range, with the limit of
// gcenv.unix.cpp), which on a small machine is less than the regions that it wants at start, and on any
// machine leaves little room for fragmentation. Reserved addresses are free here, so it gets eight times the
// RAM. GCCacheSizeFromSysConf: without it the size of the caches is read from /sys, and guessed if that is
// absent. On a small machine the guess (4 MB) is the better one: the youngest generation is as large as the
// cache.
//
// GCgen0size: beyond that the youngest generation may fill an eighth of the RAM, which nobody else can use, up to 64 MB: a server's
// collections become as many times rarer, and what each of them costs hardly grows with what it finds dead. Left at 5/8 of the
// cache, the pauses of a server of files are 1 % of its time, and so its 99th percentile.
static const char *hexadecimal(uint64_t value, char *text) { // without a prefix
    for (int shift = 60, at = 0; shift >= 0; shift -= 4)
        if (at || value >> shift)
            text[at++] = "0123456789abcdef"[value >> shift & 15];
    return text;
}

static const char *runtime_default(const char *name) {
    static char range[20], youngest[20];
    struct memory_stats stats;
    memory_stats(&stats);
    uint64_t ram = stats.total * PAGE_SIZE;
    if (!strcmp(name, "DOTNET_GCCacheSizeFromSysConf"))
        return ram < SMALL_MACHINE ? NULL : "1";
    if (!strcmp(name, "DOTNET_GCgen0size"))
        return ram < SMALL_MACHINE ? NULL : hexadecimal(ram / 8 < YOUNGEST_MAX ? ram / 8 & ~(uint64_t)(PAGE_SIZE - 1) : YOUNGEST_MAX, youngest);
    if (strcmp(name, "DOTNET_GCRegionRange"))
        return NULL;
    return hexadecimal(ALIGN_UP(ram < RANGE_MIN / 8 ? RANGE_MIN : ram * 8, RANGE_MIN), range);
}

char *getenv(const char *name) {
    const char *value = find(name);
    return (char *)(value ? value : runtime_default(name));
}

char *secure_getenv(const char *name) __attribute__((alias("getenv")));
