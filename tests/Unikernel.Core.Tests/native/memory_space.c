// sources:
// mmap, munmap, mprotect, madvise and page faults against a model with one entry a page. Checked: what is
// mapped and how, that contents stay and fresh pages are zero, that every promise is kept, and that no frame
// is lost.
#include "memory_host.h"

#include "memory/commit.c"
#include "memory/frames.c"
#include "memory/space.c"
#include "memory/tables.c"
#include "memory/vma.c"

#define LOW 0x100000000ul
#define PAGES 6000 // 11 large pages and a rest
#define NONE 0xff

struct page {
    uint8_t access; // NONE: not mapped
    bool charged, written;
    uint32_t token;
};
static struct page model[PAGES];

int image_protect(uintptr_t start, uintptr_t end, int protection) {
    (void)start, (void)end, (void)protection;
    return -EACCES;
}

static uintptr_t address_of(size_t page) {
    return LOW + page * PAGE_SIZE;
}

static void check_totals(void) {
    size_t charged = 0, present = 0;
    for (size_t i = 0; i < PAGES; i++) {
        unsigned order;
        uint64_t entry = table_entry(address_of(i), &order);
        REQUIRE(!entry || model[i].access != NONE);
        REQUIRE(!model[i].written || entry);
        charged += model[i].access != NONE && model[i].charged;
        present += entry != 0;
        if (entry)
            REQUIRE(!!(entry & PTE_PRESENT) == (model[i].access != 0) &&
                    (!(entry & PTE_PRESENT) || !!(entry & PTE_WRITE) == !!(model[i].access & PROT_WRITE)));
    }
    REQUIRE(commit_promised() == charged - present);
    REQUIRE(frames_free() >= commit_promised());
}

static void check_touch(size_t i) {
    bool write = random_below(2);
    unsigned order;
    uint64_t entry = table_entry(address_of(i), &order);
    bool allowed = model[i].access != NONE && model[i].access & (write ? PROT_WRITE : PROT_READ | PROT_WRITE);
    if (!(entry & PTE_PRESENT))
        REQUIRE(memory_fault(address_of(i) + random_below(PAGE_SIZE), write, false) == allowed);
    if (!allowed)
        return;
    uint64_t physical = memory_physical((void *)address_of(i));
    REQUIRE(physical);
    uint32_t *content = phys_to_virt(physical);
    REQUIRE(*content == (model[i].written ? model[i].token : 0));
    if (write) {
        *content = model[i].token = (uint32_t)random_next();
        model[i].written = true;
    }
}

int main(void) {
    arena_create();
    frames_add(RAM_START,
               8ul << 20); // fewer frames than the address range has pages: commits must fail sometimes
    frames_add(16ul << 20, 8ul << 20);
    REQUIRE(tables_init());
    commit_init();
    space_init(LOW, LOW + PAGES * PAGE_SIZE);
    REQUIRE(vma_reserve_nodes(2000)); // so that the frames of nodes do not count below
    memset(model, 0, sizeof model);
    for (size_t i = 0; i < PAGES; i++)
        model[i].access = NONE;
    size_t start_free = frames_free();
    unsigned refused = 0, mapped = 0;

    for (operation = 0; operation < 100000; operation++) {
        size_t first = random_below(PAGES), pages = 1 + random_below(random_below(20) ? 64 : 1500);
        if (first + pages > PAGES)
            pages = PAGES - first;
        int access =
            (int[]){PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE}[random_below(4)];
        switch (random_below(8)) {
        case 0:
        case 1: { // a new mapping, here or anywhere
            bool fixed = random_below(2);
            uintptr_t at = address_of(first);
            int error = space_map(fixed ? at : 0, pages * PAGE_SIZE, access,
                                  MAP_PRIVATE | MAP_ANONYMOUS | (fixed ? MAP_FIXED : 0), &at);
            if (error) {
                REQUIRE(error == -ENOMEM);
                refused++;
                if (fixed) // what was there has lost its contents, but is mapped as before
                    for (size_t i = first; i < first + pages; i++)
                        model[i].written = false;
                break;
            }
            mapped++;
            size_t page = (at - LOW) / PAGE_SIZE;
            REQUIRE(!fixed || page == first);
            for (size_t i = page; i < page + pages; i++) {
                REQUIRE(fixed || model[i].access == NONE);
                model[i] = (struct page){.access = (uint8_t)access, .charged = access};
            }
            break;
        }
        case 2:
            REQUIRE(!space_unmap(address_of(first), pages * PAGE_SIZE));
            for (size_t i = first; i < first + pages; i++)
                model[i] = (struct page){.access = NONE};
            break;
        case 3: {
            bool whole = true;
            for (size_t i = first; i < first + pages; i++)
                whole &= model[i].access != NONE;
            int error = space_protect(address_of(first), pages * PAGE_SIZE, access);
            REQUIRE(!error || error == -ENOMEM);
            REQUIRE(whole || error);
            if (error)
                break;
            for (size_t i = first; i < first + pages; i++) {
                model[i].access = (uint8_t)access;
                model[i].charged |= access != 0;
            }
            break;
        }
        case 4:
            REQUIRE(!space_discard(address_of(first), pages * PAGE_SIZE));
            for (size_t i = first; i < first + pages; i++)
                model[i].written = false;
            break;
        default:
            for (int i = 0; i < 8; i++)
                check_touch(random_below(PAGES));
        }
        if (operation % 32 == 0)
            check_totals();
    }
    REQUIRE(refused > 100 && mapped > 100);

    // The range of the collector's bookkeeping: its last, partial page is usable though nobody commits it.
    REQUIRE(!space_unmap(LOW, PAGES * PAGE_SIZE));
    REQUIRE(frames_free() == start_free && commit_promised() == 0 && table_frames() == 1);
    uintptr_t odd;
    REQUIRE(!space_map(0, 10 * PAGE_SIZE + 100, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, &odd));
    REQUIRE(!memory_fault(odd + 9 * PAGE_SIZE, true, false) &&
            memory_fault(odd + 10 * PAGE_SIZE + 50, true, false));
    REQUIRE(!space_unmap(odd, 10 * PAGE_SIZE + 100));

    // Mapping and unmapping does not grow anything, and addresses are used again.
    uintptr_t once = 0;
    for (operation = 0; operation < 100000; operation++) {
        uintptr_t at;
        REQUIRE(!space_map(0, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, &at));
        REQUIRE(memory_fault(at, true, false));
        once = once ? once : at;
        REQUIRE(at == once);
        REQUIRE(!space_unmap(at, 3 * PAGE_SIZE));
    }
    REQUIRE(frames_free() == start_free && table_frames() == 1);

    // Never writable and executable at once: who asks for both can write, and after asking for RX execute.
    uintptr_t at;
    unsigned order;
    REQUIRE(!space_map(0, PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, &at));
    REQUIRE(!space_protect(at, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC));
    REQUIRE(!memory_fault(at, false, true) && memory_fault(at, true, false));
    REQUIRE((table_entry(at, &order) & (PTE_WRITE | PTE_NX)) == (PTE_WRITE | PTE_NX));
    REQUIRE(!space_protect(at, PAGE_SIZE, PROT_READ | PROT_EXEC));
    REQUIRE((table_entry(at, &order) & (PTE_PRESENT | PTE_WRITE | PTE_NX)) == PTE_PRESENT);
    REQUIRE(!space_unmap(at, PAGE_SIZE));

    // A stack has its guard and no promise.
    char *stack = stack_alloc(1 << 20);
    REQUIRE(stack && commit_promised() == 0);
    REQUIRE(memory_is_stack_guard((uintptr_t)stack - 1) && !memory_is_stack_guard((uintptr_t)stack));
    REQUIRE(!memory_fault((uintptr_t)stack - 1, true, false) &&
            memory_fault((uintptr_t)stack + 4096, true, false));
    stack_free(stack, 1 << 20);
    REQUIRE(frames_free() == start_free);
    puts("PASS space");
    return 0;
}
