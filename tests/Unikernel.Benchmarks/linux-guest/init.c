// The Linux guest's /init: mounts what .NET looks at, loads the modules that /modules names, gives eth0 its address, runs the
// program with the words of /arguments and the environment of /environment, powers off. Freestanding, so that the initramfs holds
// no library that the program does not need.
#include <stddef.h>
#include <stdint.h>

enum { READ = 0, OPEN = 2, CLOSE = 3, IOCTL = 16, SOCKET = 41, FORK = 57, EXECVE = 59, WAIT4 = 61, CHDIR = 80, MKDIR = 83, MOUNT = 165, REBOOT = 169, FINIT_MODULE = 313 };
enum { AF_INET = 2, SOCK_DGRAM = 2, SIOCSIFFLAGS = 0x8914, SIOCSIFADDR = 0x8916, SIOCSIFNETMASK = 0x891c, IFF_UP = 1, IFF_RUNNING = 0x40 };
#define MOST_WORDS 16

// struct ifreq (linux/if.h)
struct interface_request {
    char name[16];
    union {
        short flags;
        struct {
            uint16_t family, port;
            uint8_t address[4];
        } internet;
        char room[24];
    };
};

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

// The lines of a file behind those that are there already.
static void read_lines(const char *file, char *room, size_t size, char **lines, size_t count) {
    long fd = call(OPEN, (long)file, 0, 0, 0, 0);
    long length = fd < 0 ? 0 : call(READ, fd, (long)room, (long)size - 1, 0, 0);
    for (long i = 0; i < length && count < MOST_WORDS; i++)
        if (room[i] == '\n')
            room[i] = 0;
        else if (i == 0 || !room[i - 1])
            lines[count++] = room + i;
    if (fd >= 0)
        call(CLOSE, fd, 0, 0, 0, 0);
}

static void configure(const char *name, const uint8_t *address, const uint8_t *mask) {
    long fd = call(SOCKET, AF_INET, SOCK_DGRAM, 0, 0, 0);
    static struct interface_request request;
    for (size_t i = 0; i < sizeof request.name; i++)
        request.name[i] = 0;
    for (size_t i = 0; name[i]; i++)
        request.name[i] = name[i];
    for (int step = 0; step < 2 && address; step++) {
        request.internet.family = AF_INET;
        request.internet.port = 0;
        for (int i = 0; i < 4; i++)
            request.internet.address[i] = step ? mask[i] : address[i];
        call(IOCTL, fd, step ? SIOCSIFNETMASK : SIOCSIFADDR, (long)&request, 0, 0);
    }
    request.flags = IFF_UP | IFF_RUNNING;
    call(IOCTL, fd, SIOCSIFFLAGS, (long)&request, 0, 0);
    call(CLOSE, fd, 0, 0, 0, 0);
}

__attribute__((noreturn)) void _start(void) {
    static char words[4096], variables[4096], files[4096];
    static char *arguments[MOST_WORDS + 1] = {"/app/program"};
    static char *environment[MOST_WORDS + 1], *modules[MOST_WORDS + 1];
    call(MKDIR, (long)"/proc", 0755, 0, 0, 0);
    call(MOUNT, (long)"proc", (long)"/proc", (long)"proc", 0, 0);
    call(MKDIR, (long)"/dev", 0755, 0, 0, 0);
    call(MOUNT, (long)"dev", (long)"/dev", (long)"devtmpfs", 0, 0);
    read_lines("/arguments", words, sizeof words, arguments, 1);
    read_lines("/environment", variables, sizeof variables, environment, 0);
    read_lines("/modules", files, sizeof files, modules, 0);
    for (size_t i = 0; modules[i]; i++)
        call(FINIT_MODULE, call(OPEN, (long)modules[i], 0, 0, 0, 0), (long)"", 0, 0, 0);
    configure("lo", NULL, NULL);
    if (modules[0])
        configure("eth0", (const uint8_t[]){10, 0, 2, 15}, (const uint8_t[]){255, 255, 255, 0});
    call(CHDIR, (long)"/app", 0, 0, 0, 0);
    long child = call(FORK, 0, 0, 0, 0, 0);
    if (child == 0)
        call(EXECVE, (long)arguments[0], (long)arguments, (long)environment, 0, 0);
    int status;
    call(WAIT4, child, (long)&status, 0, 0, 0);
    call(REBOOT, (long)0xfee1dead, 0x28121969, 0x01234567, 0, 0); // LINUX_REBOOT_CMD_RESTART: QEMU runs with -no-reboot
    for (;;)
        ;
}
