// unikernel.h: console, clocks, the machine.
#include "core.h"
#include "errors.h"
#include "port.h"
#include "threads.h"
#include "unikernel.h"

void uk_console_write(const void *bytes, size_t length) {
    console_write(bytes, length);
}
size_t uk_console_read(void *buffer, size_t capacity) {
    return console_read(buffer, capacity);
}
int64_t uk_console_read_until(void *buffer, size_t capacity, uint64_t deadline) {
    return console_read_until(buffer, capacity, deadline);
}
uint8_t uk_console_ready(void) {
    return console_ready();
}

uint64_t uk_clock_monotonic_ns(void) {
    return time_monotonic_ns();
}
uint64_t uk_clock_realtime_ns(void) {
    return time_realtime_ns();
}
void uk_clock_set_realtime_ns(uint64_t ns) {
    time_set_realtime_ns(ns);
}
uint64_t uk_cpu_time_ns(void) {
    return sched_cpu_time(NULL);
}

static uint64_t sleep_locked(uint64_t deadline, uint64_t b, uint64_t c, uint64_t d) {
    (void)b, (void)c, (void)d;
    return wait_on(NULL, deadline);
}
void uk_sleep_until(uint64_t deadline) {
    kernel_call(sleep_locked, deadline, 0, 0, 0);
}

void uk_entropy_fill(void *buffer, size_t length) {
    entropy_fill(buffer, length);
}

void uk_entropy_add(const void *bytes, size_t length) {
    entropy_add(bytes, length);
}

_Noreturn void uk_exit(int32_t code) {
    machine_exit(code);
}

void uk_system_info(struct uk_system_info *out) {
    struct memory_stats m;
    memory_stats(&m);
    uint32_t threads = 0;
    uint64_t flags = irq_save();
    for (struct thread *t = all_threads; t; t = t->all_next)
        threads++;
    irq_restore(flags);
    *out = (struct uk_system_info){.memory_total = m.total * PAGE_SIZE,
                                   .memory_free = m.free * PAGE_SIZE,
                                   .memory_committed = m.committed * PAGE_SIZE,
                                   .memory_limit = m.commit_limit * PAGE_SIZE,
                                   .tsc_hz = time_tsc_hz(),
                                   .acpi_rsdp = boot_info.acpi_rsdp,
                                   .cpus = 1,
                                   .page_size = PAGE_SIZE,
                                   .threads = threads};
}

char **uk_environ(void) {
    return program_environ;
}
char **uk_argv(void) {
    return program_argv;
}
const char *uk_command_line(void) {
    return boot_info.command_line;
}
const char *uk_command_line_option(const char *name) {
    return command_line_option(name, NULL);
}

int64_t uk_option(const char *name, uint32_t index, char *buffer, size_t capacity) {
    const char *value = NULL;
    do
        value = command_line_option(name, value);
    while (value && index--);
    if (!value)
        return -ENOENT;
    size_t n = 0;
    for (; value[n]; n++)
        if (n < capacity)
            buffer[n] = value[n];
    return (int64_t)n;
}

uint8_t uk_in8(uint16_t port) {
    return in8(port);
}
uint16_t uk_in16(uint16_t port) {
    return in16(port);
}
uint32_t uk_in32(uint16_t port) {
    return in32(port);
}
void uk_out8(uint16_t port, uint8_t value) {
    out8(port, value);
}
void uk_out16(uint16_t port, uint16_t value) {
    out16(port, value);
}
void uk_out32(uint16_t port, uint32_t value) {
    out32(port, value);
}

uint32_t uk_thread_id(void) {
    return thread_current()->id;
}
void uk_yield(void) {
    sched_yield_now();
}
