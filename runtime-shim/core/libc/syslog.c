// syslog() writes to the console: there is no log daemon, and what a program reports should not vanish.
#include "libc.h"

void syslog(int priority, const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    kvsnprintf(line, sizeof line, format, args);
    va_end(args);
    kprintf("syslog <%d> %s\n", priority & 7, line);
}
