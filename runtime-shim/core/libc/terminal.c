// Terminals. The console is a serial line of which nobody knows what is at its other end, so it counts as
// redirected: .NET then writes plain text and no escape sequences.
#include "files.h"
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int not_a_terminal(int fd) {
    if (file_get(fd))
        errno = ENOTTY;
    return -1;
}

int isatty(int fd) {
    not_a_terminal(fd);
    return 0;
}

int tcgetattr(int fd, struct termios *out) {
    (void)out;
    return not_a_terminal(fd);
}

int tcsetattr(int fd, int when, const struct termios *settings) {
    (void)when, (void)settings;
    return not_a_terminal(fd);
}

int ioctl(int fd, unsigned long request, ...) {
    (void)request;
    return not_a_terminal(fd);
}
