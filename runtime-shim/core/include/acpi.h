// What the core reads from ACPI: where interrupts go, and the power-off registers.
#ifndef ACPI_H
#define ACPI_H

#include "core.h"

#define ACPI_IOAPIC_MAX 4
#define ACPI_OVERRIDE_MAX 16
struct acpi_interrupts {
    struct {
        uint64_t address;
        uint32_t gsi_base;
    } ioapics[ACPI_IOAPIC_MAX];
    struct {
        uint32_t source, gsi;
        bool low_active, level;
    } overrides[ACPI_OVERRIDE_MAX];
    unsigned ioapic_count, override_count;
};
const struct acpi_interrupts *acpi_interrupts(void);

struct acpi_power {
    uint32_t interrupt;   // the SCI
    uint16_t event_port;  // PM1a_EVT_BLK
    uint8_t event_length; // PM1_EVT_LEN
    bool reduced;         // hardware-reduced: no such block
    bool qemu;            // QEMU made the tables
};
bool acpi_power(struct acpi_power *out); // false: no ACPI

#endif
