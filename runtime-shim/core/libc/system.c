// What a program may ask about the machine and about its limits.
#include "cpu.h"
#include "libc.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#define STACK_SIZE (8ul << 20) // glibc's default

// AMD APM volume 3, CPUID 80000005h and 80000006h.
static long cache_size_amd(unsigned level, bool code) {
    uint32_t a, b, c, d;
    if (level == 1) {
        cpuid(0x80000005, 0, &a, &b, &c, &d);
        return (long)((code ? d : c) >> 24) << 10;
    }
    cpuid(0x80000006, 0, &a, &b, &c, &d);
    return level == 2 ? (long)(c >> 16) << 10 : level == 3 ? (long)(d >> 18) << 19 : 0;
}

// Intel SDM volume 2A, CPUID leaf 4.
static long cache_size_intel(unsigned level, bool code) {
    uint32_t a, b, c, d;
    for (unsigned i = 0; i < 8; i++) {
        cpuid(4, i, &a, &b, &c, &d);
        unsigned type = a & 31; // 1 data, 2 instruction, 3 unified
        if (!type)
            break;
        if ((a >> 5 & 7) == level && (type == 3 || (type == 2) == code))
            return (long)((b >> 22) + 1) * ((b >> 12 & 0x3ff) + 1) * ((b & 0xfff) + 1) * (c + 1);
    }
    return 0;
}

// The garbage collector sizes its youngest generation by the largest cache (gcenv.unix.cpp,
// GetLogicalProcessorCacheSizeFromOS).
static long cache_size(unsigned level, bool code) {
    uint32_t leaves, b, vendor, d;
    cpuid(0, 0, &leaves, &b, &vendor, &d);
    if (vendor == 0x444d4163) // Authenti-cAMD
        return cache_size_amd(level, code);
    return leaves >= 4 ? cache_size_intel(level, code) : 0;
}

long sysconf(int name) {
    struct memory_stats stats;
    switch (name) {
    case _SC_PAGESIZE:
        return (long)PAGE_SIZE;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 1;
    case _SC_PHYS_PAGES:
        memory_stats(&stats);
        return (long)stats.total;
    case _SC_AVPHYS_PAGES:
        memory_stats(&stats);
        return (long)stats.free;
    case _SC_CLK_TCK:
        return 100;
    case _SC_OPEN_MAX:
        return 1024;
    case _SC_IOV_MAX:
        return 1024;
    case _SC_GETPW_R_SIZE_MAX:
    case _SC_GETGR_R_SIZE_MAX:
        return 1024;
    case _SC_LEVEL1_ICACHE_SIZE:
        return cache_size(1, true);
    case _SC_LEVEL1_DCACHE_SIZE:
        return cache_size(1, false);
    case _SC_LEVEL2_CACHE_SIZE:
        return cache_size(2, false);
    case _SC_LEVEL3_CACHE_SIZE:
        return cache_size(3, false);
    case _SC_LEVEL4_CACHE_SIZE:
        return cache_size(4, false);
    case _SC_LEVEL1_DCACHE_LINESIZE:
        return 64;
    default:
        errno = EINVAL;
        return -1;
    }
}

int getpagesize(void) {
    return (int)PAGE_SIZE;
}

int sysinfo(struct sysinfo *out) {
    struct memory_stats stats;
    memory_stats(&stats);
    memset(out, 0, sizeof *out);
    out->uptime = (long)(time_monotonic_ns() / 1000000000);
    out->totalram = stats.total * PAGE_SIZE;
    out->freeram = stats.free * PAGE_SIZE;
    out->procs = 1;
    out->mem_unit = 1;
    return 0;
}

int getrlimit64(__rlimit_resource_t resource, struct rlimit64 *out) {
    out->rlim_cur = out->rlim_max = RLIM64_INFINITY;
    if (resource == RLIMIT_STACK)
        out->rlim_cur = STACK_SIZE;
    if (resource == RLIMIT_NOFILE)
        out->rlim_cur = out->rlim_max = 1024;
    if (resource == RLIMIT_CORE)
        out->rlim_cur = 0;
    return 0;
}

int setrlimit64(__rlimit_resource_t resource, const struct rlimit64 *limit) {
    (void)resource, (void)limit;
    errno = EPERM;
    return -1;
}

// There is no other process, so the time that the machine has run stands for the time that the program has
// used.
int getrusage(__rusage_who_t who, struct rusage *out) {
    memset(out, 0, sizeof *out);
    if (who == RUSAGE_CHILDREN)
        return 0;
    uint64_t us = time_monotonic_ns() / 1000;
    out->ru_utime = (struct timeval){.tv_sec = (long)(us / 1000000), .tv_usec = (long)(us % 1000000)};
    struct memory_stats stats;
    memory_stats(&stats);
    out->ru_maxrss = (long)(stats.committed * PAGE_SIZE / 1024);
    return 0;
}

int getpriority(__priority_which_t which, id_t who) {
    (void)which, (void)who;
    return 0;
}

int setpriority(__priority_which_t which, id_t who, int priority) {
    (void)which, (void)who;
    if (!priority)
        return 0;
    errno = EACCES;
    return -1;
}

int uname(struct utsname *out) {
    memset(out, 0, sizeof *out);
    strcpy(out->sysname, "Unikernel");
    strcpy(out->nodename, "unikernel");
    strcpy(out->release, "0.1.0");
    strcpy(out->version, "0.1.0");
    strcpy(out->machine, "x86_64");
    return 0;
}

int gethostname(char *name, size_t size) {
    strncpy(name, "unikernel", size);
    return 0;
}

int getdomainname(char *name, size_t size) {
    strncpy(name, "(none)", size);
    return 0;
}

unsigned long getauxval(unsigned long type) {
    (void)type;
    errno = ENOENT;
    return 0;
}

int prctl(int operation, ...) {
    (void)operation;
    errno = EINVAL;
    return -1;
}
