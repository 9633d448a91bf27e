// Symbols that the archives import but that no path through the program calls. Should one be called after
// all, the machine says which.
#include "core.h"

#define UNREACHABLE(name, reason)                                                                            \
    _Noreturn void name(void) {                                                                              \
        panic("UKN9008 " #name "() was called: " reason);                                                    \
    }

UNREACHABLE(__tls_get_addr, "the linker replaces it in a static image")
UNREACHABLE(
    sscanf,
    "it parses lines of /proc and /sys files, which do not open (cgroup.cpp, gcenv.unix.cpp, pal_io.c)")
UNREACHABLE(__isoc99_fscanf, "it parses /proc/self/status, which does not open (minipal/debugger.c)")
