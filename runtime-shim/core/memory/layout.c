// Start-up: from the boot's coarse tables to the final ones, and the protection of the image.
//
//   0 .. 2 MB                    nothing: a null reference faults
//   2 MB .. image_end            the image, linked where it is loaded; every part with its own rights
//   4 GB .. 128 TB               mmap and stacks (space.c)
//   DIRECT_MAP_BASE + physical   all RAM and, uncached, device registers; never executable; the image's
//   constants read-only here, too
#include "memory.h"
#include <errno.h>
#include <sys/mman.h>

#define BOOT_MAPPED (1ul << 30) // what the boot's tables cover
#define USER_LOW 0x100000000ul
#define USER_HIGH 0x7ffffffff000ul

#define MSR_EFER 0xc0000080u
#define EFER_NXE (1u << 11)
#define CR0_WP (1ul << 16)
#define CR4_PGE (1ul << 7)

#define READ_ONLY (PTE_PRESENT | PTE_NX | PTE_GLOBAL)
#define READ_WRITE (READ_ONLY | PTE_WRITE)
#define EXECUTE (PTE_PRESENT | PTE_GLOBAL)
#define DEVICE (READ_WRITE | PTE_NO_CACHE | PTE_WRITE_THROUGH)

static bool rodata_sealed;

static _Noreturn void too_little_memory(const struct boot_info *boot) {
    uint64_t ram = 0;
    for (unsigned i = 0; i < boot->ram_count; i++)
        ram += boot->ram[i].length;
    panic("UKN9005 too little memory: the machine has %lu KB of usable RAM, the image alone takes %lu KB. "
          "Give it more (-m).",
          (unsigned long)ram / 1024, (unsigned long)(image_end - image_start) / 1024);
}

// `virtual` and `physical` lie alike in their large pages.
static bool map_range(uintptr_t virtual, uint64_t physical, uint64_t length, uint64_t flags) {
    while (length) {
        uint64_t step = LARGE_PAGE - (physical & (LARGE_PAGE - 1)); // to where large pages may begin
        if (step > length)
            step = length;
        if (step == LARGE_PAGE ? !table_map(virtual, physical, flags, ORDER_LARGE)
                               : !table_map_pages(virtual, physical, flags, step / PAGE_SIZE))
            return false;
        virtual += step;
        physical += step;
        length -= step;
    }
    return true;
}

// One part of the image, at its own address and as seen through the direct map.
static bool map_image_part(const char *start, const char *end, uint64_t flags) {
    return map_range((uintptr_t)start, (uintptr_t)start, (uint64_t)(end - start), flags) &&
           map_range(DIRECT_MAP_BASE + (uintptr_t)start, (uintptr_t)start, (uint64_t)(end - start),
                     (flags | PTE_NX));
}

static bool map_image(void) {
    return map_image_part(rodata_start, rodata_end, READ_ONLY) &&
           map_image_part(text_start, text_end, EXECUTE) &&
           map_image_part(relro_start, relro_end, READ_WRITE) &&
           map_image_part(data_start, image_end, READ_WRITE);
}

static bool map_ram(uint64_t start, uint64_t end) {
    return start >= end || map_range(DIRECT_MAP_BASE + start, start, end - start, READ_WRITE);
}

// The direct map in 2 MB pages: a little more than the RAM, so that firmware tables beside it can be read.
// `done` is where the last range ended, for ranges that share a large page.
static bool map_direct(const struct memory_range *range, uint64_t *done) {
    uint64_t start = ALIGN_DOWN(range->base, LARGE_PAGE),
             end = ALIGN_UP(range->base + range->length, LARGE_PAGE);
    uint64_t hole_start = (uint64_t)image_start, hole_end = (uint64_t)image_end;
    if (start < *done)
        start = *done;
    if (end <= start)
        return true;
    *done = end;
    if (end <= hole_start || start >= hole_end)
        return map_ram(start, end);
    return map_ram(start, hole_start) && map_ram(hole_end, end);
}

static void add_frames(uint64_t start, uint64_t end, uint64_t low, uint64_t high) {
    if (start < low)
        start = low;
    if (end > high)
        end = high;
    if (start < end)
        frames_add(start, end - start);
}

// The frames of a range that lie within [low, high), without page 0 (so that 0 can mean "none") and without
// the image.
static void add_range(const struct memory_range *range, uint64_t low, uint64_t high) {
    uint64_t start = range->base < PAGE_SIZE ? PAGE_SIZE : range->base, end = range->base + range->length;
    uint64_t hole_start = (uint64_t)image_start, hole_end = (uint64_t)image_end;
    if (end <= hole_start || start >= hole_end) {
        add_frames(start, end, low, high);
        return;
    }
    add_frames(start, hole_start, low, high);
    add_frames(hole_end, end, low, high);
}

static void sort(struct memory_range *ranges, unsigned count) {
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && ranges[j].base < ranges[j - 1].base; j--) {
            struct memory_range swap = ranges[j];
            ranges[j] = ranges[j - 1];
            ranges[j - 1] = swap;
        }
}

static void enable_protection(void) {
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_EFER));
    __asm__ volatile("wrmsr" ::"a"(low | EFER_NXE), "d"(high), "c"(MSR_EFER));
    __asm__ volatile("movq %0, %%cr3" ::"r"(tables_root()) : "memory");
    uint64_t control;
    __asm__ volatile("movq %%cr0, %0" : "=r"(control));
    __asm__ volatile("movq %0, %%cr0" ::"r"(control | CR0_WP) : "memory");
    __asm__ volatile("movq %%cr4, %0" : "=r"(control));
    __asm__ volatile("movq %0, %%cr4" ::"r"(control | CR4_PGE) : "memory");
}

void memory_init(const struct boot_info *boot) {
    struct memory_range ranges[MEMORY_MAP_MAX];
    for (unsigned i = 0; i < boot->ram_count; i++)
        ranges[i] = boot->ram[i];
    sort(ranges, boot->ram_count);

    for (unsigned i = 0; i < boot->ram_count; i++)
        add_range(&ranges[i], 0, BOOT_MAPPED);
    uint64_t done = 0;
    if (!tables_init() || !map_image())
        too_little_memory(boot);
    for (unsigned i = 0; i < boot->ram_count; i++)
        if (!map_direct(&ranges[i], &done))
            too_little_memory(boot);
    enable_protection();
    for (unsigned i = 0; i < boot->ram_count; i++)
        add_range(&ranges[i], BOOT_MAPPED, UINT64_MAX);
    commit_init();
    space_init(USER_LOW, USER_HIGH);
    if (!commit_has_spare(64))
        too_little_memory(boot);
}

void memory_protect_image(void) {
    uint64_t irq = memory_lock();
    uintptr_t start = (uintptr_t)relro_start, end = (uintptr_t)relro_end;
    if (!table_protect(start, end, READ_ONLY) ||
        !table_protect(DIRECT_MAP_BASE + start, DIRECT_MAP_BASE + end, READ_ONLY))
        panic("memory: no frame for the protection of the image");
    memory_unlock(irq);
}

// The runtime writes one constant: InitGSCookie (nativeaot/Runtime/startup.cpp) makes the page of
// __security_cookie writable, stores a random value, and makes it read-only again. That is allowed once;
// after it the constants stay as they are.
int image_protect(uintptr_t start, uintptr_t end, int protection) {
    bool is_rodata = start >= (uintptr_t)rodata_start && end <= (uintptr_t)rodata_end;
    if (is_rodata && protection == (PROT_READ | PROT_WRITE)) {
        if (rodata_sealed)
            return -EACCES;
        return table_protect(start, end, READ_WRITE) ? 0 : -ENOMEM;
    }
    if (is_rodata && protection == PROT_READ) {
        rodata_sealed = true;
        return table_protect(start, end, READ_ONLY) ? 0 : -ENOMEM;
    }
    return start >= (uintptr_t)image_start && end <= (uintptr_t)image_end ? -EACCES : -ENOMEM;
}

void *mmio_map(uint64_t physical, size_t length) {
    uint64_t start = ALIGN_DOWN(physical, PAGE_SIZE), end = ALIGN_UP(physical + length, PAGE_SIZE);
    bool mapped = true;
    uint64_t irq = memory_lock();
    for (uint64_t page = start; mapped && page < end; page += PAGE_SIZE) {
        unsigned order;
        uintptr_t virtual = DIRECT_MAP_BASE + page;
        if (table_entry(virtual, &order))
            mapped = table_protect(virtual, virtual + PAGE_SIZE, DEVICE);
        else
            mapped = table_map(virtual, page, DEVICE, 0);
    }
    memory_unlock(irq);
    return mapped ? phys_to_virt(physical) : NULL;
}
