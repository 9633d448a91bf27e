// The tables of ACPI 6.5, chapter 5: the MADT (5.2.12: IO-APICs and the overrides of ISA interrupts; without
// ACPI, the one IO-APIC that every PC has) and the FADT (5.2.9: where the power button is).
#include "acpi.h"

struct header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum, oem[18];
    uint32_t creator_id, creator_revision;
} __attribute__((packed));

#define DEFAULT_IOAPIC 0xfec00000

// The tables may lie above what the direct map covers (they are not RAM to the allocator), so each is mapped.
static const struct header *table_map(uint64_t physical) {
    const struct header *h = mmio_map(physical, sizeof *h);
    return h ? mmio_map(physical, h->length) : NULL;
}

static bool has_signature(const struct header *h, const char *s) {
    return h && h->signature[0] == s[0] && h->signature[1] == s[1] && h->signature[2] == s[2] &&
           h->signature[3] == s[3];
}

static uint32_t read32(const uint8_t *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const struct header *table_find(const char *signature) {
    if (!boot_info.acpi_rsdp)
        return NULL;
    const uint8_t *rsdp = mmio_map(boot_info.acpi_rsdp, 36);
    if (!rsdp)
        return NULL;
    bool extended = rsdp[15] >= 2;
    uint64_t root_address =
        extended ? read32(rsdp + 24) | (uint64_t)read32(rsdp + 28) << 32 : read32(rsdp + 16);
    const struct header *root = table_map(root_address);
    if (!root)
        return NULL;
    const uint8_t *entry = (const uint8_t *)(root + 1), *end = (const uint8_t *)root + root->length;
    bool xsdt = has_signature(root, "XSDT");
    for (; entry < end; entry += xsdt ? 8 : 4) {
        const struct header *h =
            table_map(xsdt ? read32(entry) | (uint64_t)read32(entry + 4) << 32 : read32(entry));
        if (has_signature(h, signature))
            return h;
    }
    return NULL;
}

static void madt_parse(const struct header *madt, struct acpi_interrupts *out) {
    enum { IOAPIC = 1, OVERRIDE = 2 };
    const uint8_t *p = (const uint8_t *)(madt + 1) + 8, *end = (const uint8_t *)madt + madt->length;
    for (; p + 2 <= end && p[1] >= 2; p += p[1]) {
        if (p[0] == IOAPIC && out->ioapic_count < ACPI_IOAPIC_MAX) {
            out->ioapics[out->ioapic_count].address = read32(p + 4);
            out->ioapics[out->ioapic_count++].gsi_base = read32(p + 8);
        } else if (p[0] == OVERRIDE && out->override_count < ACPI_OVERRIDE_MAX) {
            unsigned i = out->override_count++;
            out->overrides[i].source = p[3];
            out->overrides[i].gsi = read32(p + 4);
            out->overrides[i].low_active = (p[8] & 3) == 3;
            out->overrides[i].level = (p[8] >> 2 & 3) == 3;
        }
    }
}

const struct acpi_interrupts *acpi_interrupts(void) {
    static struct acpi_interrupts parsed;
    if (!parsed.ioapic_count) {
        const struct header *madt = table_find("APIC");
        if (madt)
            madt_parse(madt, &parsed);
        if (!parsed.ioapic_count)
            parsed.ioapics[parsed.ioapic_count++].address = DEFAULT_IOAPIC;
    }
    return &parsed;
}

bool acpi_power(struct acpi_power *out) {
    const struct header *fadt = table_find("FACP");
    if (!fadt)
        return false;
    const uint8_t *f = (const uint8_t *)fadt;
    *out = (struct acpi_power){.interrupt = f[46] | (uint32_t)f[47] << 8,
                               .event_port = (uint16_t)read32(f + 56),
                               .event_length = f[88],
                               .reduced = read32(f + 112) >> 20 & 1,
                               .qemu = fadt->oem[0] == 'B' && fadt->oem[1] == 'O'}; // "BOCHS "
    return true;
}
