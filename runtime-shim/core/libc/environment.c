// The environment of the program, and the defaults that the runtime finds in it.
#include "libc.h"
#include <stdlib.h>
#include <string.h>

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

// Settings of the runtime that depend on the machine. They are only seen by the runtime, which asks for them
// by name with getenv() (PalGetEnvironmentVariable); a program that enumerates its environment sees what it
// was given and nothing else.
//
// GCRegionRange: the garbage collector reserves 2 x RAM by default (gc.cpp, compute of regions_range), which
// on a small machine is less than the regions that it wants at start. Reserved addresses are free here.
// Values are hexadecimal without a prefix.
static const char *runtime_default(const char *name) {
    static char value[20];
    if (strcmp(name, "DOTNET_GCRegionRange"))
        return NULL;
    if (!value[0]) {
        struct memory_stats stats;
        memory_stats(&stats);
        uint64_t range = stats.total * PAGE_SIZE * 2;
        if (range < 256ul << 20)
            range = 256ul << 20;
        range = ALIGN_UP(range, 64ul << 20);
        for (int shift = 60, at = 0; shift >= 0; shift -= 4)
            if (at || range >> shift)
                value[at++] = "0123456789abcdef"[range >> shift & 15];
    }
    return value;
}

char *getenv(const char *name) {
    const char *value = find(name);
    return (char *)(value ? value : runtime_default(name));
}

char *secure_getenv(const char *name) __attribute__((alias("getenv")));
