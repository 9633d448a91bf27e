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

#endif
