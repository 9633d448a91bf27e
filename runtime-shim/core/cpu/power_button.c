// The power button becomes SIGTERM. On a machine with ACPI's fixed hardware it is bit 8 of PM1
// (ACPI 6.5, 4.8.3.1); QEMU's microvm has the generic event device instead (4.1.1.1;
// hw/acpi/generic_event_device.c), whose address only its AML tells: it is fixed.
#include "acpi.h"
#include "panic.h"
#include "port.h"
#include "signals.h"

#define POWER_BUTTON 0x100
#define MICROVM_EVENT_DEVICE 0xfea00000 // GED_MMIO_BASE in include/hw/i386/microvm.h
#define MICROVM_EVENT_GSI 9
#define EVENT_POWER_DOWN 2

static uint16_t status_port;
static volatile uint32_t *event_selector;

static void on_fixed_event(unsigned vector, void *argument) {
    (void)vector, (void)argument;
    if (!(in16(status_port) & POWER_BUTTON))
        return;
    out16(status_port, POWER_BUTTON); // writing a one clears it
    signal_from_machine(SIGTERM);
}

static void on_generic_event(unsigned vector, void *argument) {
    (void)vector, (void)argument;
    if (*event_selector & EVENT_POWER_DOWN) // reading clears
        signal_from_machine(SIGTERM);
}

void power_button_enable(void) {
    struct acpi_power power;
    if (status_port || event_selector || !acpi_power(&power))
        return;
    if (!power.reduced) {
        status_port = power.event_port;
        uint16_t enable_port = (uint16_t)(status_port + power.event_length / 2);
        out16(enable_port, in16(enable_port) | POWER_BUTTON);
        irq_attach(power.interrupt, IRQ_TRIGGER_DEFAULT, on_fixed_event, NULL);
    } else if (power.qemu && (event_selector = mmio_map(MICROVM_EVENT_DEVICE, PAGE_SIZE)))
        irq_attach(MICROVM_EVENT_GSI, IRQ_TRIGGER_DEFAULT, on_generic_event, NULL);
    else
        return;
    debugcon_print("signal %d\n", SIGTERM);
}
