// The Linux guest's /init: mounts what .NET looks at, runs the program with the words of /arguments, powers off. Freestanding,
// so that the initramfs holds no library that the program does not need.
#include <stddef.h>

enum { READ = 0, OPEN = 2, FORK = 57, EXECVE = 59, WAIT4 = 61, MKDIR = 83, MOUNT = 165, REBOOT = 169 };
#define MOST_ARGUMENTS 16

static long call(long number, long a, long b, long c, long d, long e) {
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

__attribute__((noreturn)) void _start(void) {
    static char words[4096];
    static char *arguments[MOST_ARGUMENTS + 2] = {"/program"};
    static char *environment[] = {NULL};
    call(MKDIR, (long)"/proc", 0755, 0, 0, 0);
    call(MOUNT, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
    call(MKDIR, (long)"/dev", 0755, 0, 0, 0);
    call(MOUNT, (long)"dev", (long)"/dev", (long)"devtmpfs", 0, 0);
    long fd = call(OPEN, (long)"/arguments", 0, 0, 0, 0);
    long length = fd < 0 ? 0 : call(READ, fd, (long)words, sizeof words - 1, 0, 0);
    size_t count = 1;
    for (long i = 0; i < length && count <= MOST_ARGUMENTS; i++)
        if (words[i] == '\n')
            words[i] = 0;
        else if (i == 0 || !words[i - 1])
            arguments[count++] = words + i;
    long child = call(FORK, 0, 0, 0, 0, 0);
    if (child == 0)
        call(EXECVE, (long)arguments[0], (long)arguments, (long)environment, 0, 0);
    int status;
    call(WAIT4, child, (long)&status, 0, 0, 0);
    call(REBOOT, (long)0xfee1dead, 0x28121969, 0x01234567, 0, 0); // LINUX_REBOOT_CMD_RESTART: QEMU runs with -no-reboot
    for (;;)
        ;
}
