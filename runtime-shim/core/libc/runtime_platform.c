// Parts of the runtime's own platform layer that describe Linux facilities which do not exist here: control
// groups, NUMA nodes, crash dumps by a child process. core.a stands before libRuntime on the link line, so
// these definitions are taken and the objects cgroup.cpp.o, cgroupcpu.cpp.o, numasupport.cpp.o and
// PalCreateDump.cpp.o are not: 10 KB, and the parsers of /proc and /sys in libc that only they need. Each
// function answers what the original answers on a machine without the facility.
//
// The names are those of the C++ functions (Itanium ABI). If another version of the runtime changes one, the
// original object is linked again, and either serves or collides at link time.
#include "core.h"

// gc/unix/cgroup.cpp, nativeaot/Runtime/unix/cgroupcpu.cpp

void cgroup_initialize(void) __asm__("_Z16InitializeCGroupv");
void cgroup_initialize(void) {
}

void cgroup_cleanup(void) __asm__("_Z13CleanupCGroupv");
void cgroup_cleanup(void) {
}

size_t cgroup_memory_limit(void) __asm__("_Z32GetRestrictedPhysicalMemoryLimitv");
size_t cgroup_memory_limit(void) {
    return 0; // none
}

bool cgroup_memory_used(size_t *used) __asm__("_Z21GetPhysicalMemoryUsedPm");
bool cgroup_memory_used(size_t *used) {
    struct memory_stats stats;
    memory_stats(&stats);
    *used = (stats.total - stats.free) * PAGE_SIZE;
    return true;
}

void cgroup_cpu_initialize(void) __asm__("_Z19InitializeCpuCGroupv");
void cgroup_cpu_initialize(void) {
}

bool cgroup_cpu_limit(uint32_t *cpus) __asm__("_Z11GetCpuLimitPj");
bool cgroup_cpu_limit(uint32_t *cpus) {
    (void)cpus;
    return false;
}

// gc/unix/numasupport.cpp

int g_highestNumaNode;
bool g_numaAvailable;

void numa_initialize(void) __asm__("_Z21NUMASupportInitializev");
void numa_initialize(void) {
}

int numa_node_of_cpu(int cpu) __asm__("_Z19GetNumaNodeNumByCpui");
int numa_node_of_cpu(int cpu) {
    (void)cpu;
    return -1;
}

long numa_bind(void *start, unsigned long length, const unsigned long *nodes,
               unsigned long count) __asm__("_Z16BindMemoryPolicyPvmPKmm");
long numa_bind(void *start, unsigned long length, const unsigned long *nodes, unsigned long count) {
    (void)start, (void)length, (void)nodes, (void)count;
    return -1;
}

// nativeaot/Runtime/unix/PalCreateDump.cpp

bool dump_initialize(void) __asm__("_Z23PalCreateDumpInitializev");
bool dump_initialize(void) {
    return true;
}

void dump_on_abort(void) __asm__("_Z27PalCreateCrashDumpIfEnabledv");
void dump_on_abort(void) {
}

void dump_on_exception(void *record) __asm__("_Z27PalCreateCrashDumpIfEnabledPv");
void dump_on_exception(void *record) {
    (void)record;
}

void dump_on_signal(int signal, void *info,
                    void *exception) __asm__("_Z27PalCreateCrashDumpIfEnablediP9siginfo_tPv");
void dump_on_signal(int signal, void *info, void *exception) {
    (void)signal, (void)info, (void)exception;
}

bool dump_generate(const char *path, int type, uint32_t flags, char *error,
                   int error_size) __asm__("_Z19PalGenerateCoreDumpPKcijPci");
bool dump_generate(const char *path, int type, uint32_t flags, char *error, int error_size) {
    (void)path, (void)type, (void)flags, (void)error, (void)error_size;
    return false;
}

// nativeaot/Runtime/DebugHeader.cpp: type layouts for SOS, which would read them from another process. (gdb uses DWARF.)

uint64_t DotNetRuntimeDebugHeader[1];

void PopulateDebugHeaders(void) {
}
