// The end of the machine: by code, by power-off, by reset.
#include "core.h"
#include "panic.h"
#include "port.h"

#define ISA_DEBUG_EXIT 0x501         // QEMU isa-debug-exit, default iobase: QEMU exits with (code << 1) | 1
#define Q35_PM1A_CONTROL 0x604       // QEMU q35 after SeaBIOS (pm_io_base 0x600 + 4)
#define CLOUD_HYPERVISOR_SLEEP 0x600 // its sleep control register (vmm/src/device_manager.rs)
#define SLEEP_S5 0x34                // SLP_TYP 5, SLP_EN
#define ACPI_SLP_EN_S5 0x2000        // SLP_TYP 0: S5 in QEMU's DSDT
#define I8042_COMMAND 0x64
#define I8042_RESET 0xfe

#define DEBUGCON 0xe9 // QEMU isa-debugcon, whose output the runner reads

void debugcon_print(const char *format, ...) {
    char line[32];
    va_list args;
    va_start(args, format);
    kvsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (const char *p = line; *p; p++)
        out8(DEBUGCON, (uint8_t)*p);
}

_Noreturn void machine_exit(int code) {
    __asm__ volatile("cli");
    debugcon_print("%u\n", (uint8_t)code); // because isa-debug-exit loses the top bit
    out8(ISA_DEBUG_EXIT, (uint8_t)code);
    out16(Q35_PM1A_CONTROL, ACPI_SLP_EN_S5);
    out8(CLOUD_HYPERVISOR_SLEEP, SLEEP_S5);
    out8(I8042_COMMAND, I8042_RESET); // Firecracker ends on it

    // microvm has neither: a triple fault resets, and QEMU with -no-reboot ends.
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) none = {0, 0};
    __asm__ volatile("lidt %0\n int3" ::"m"(none));
    for (;;)
        __asm__ volatile("hlt");
}
