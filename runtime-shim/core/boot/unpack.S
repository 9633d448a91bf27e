// The loader of a packed image: expands it to where it is linked, and enters it as the boot protocol would have. Not a part of core.a: a file of
// its own, native/unpack.bin, which stands at UNPACK_BASE in the packed image; the task PackImage puts its headers before it and fills in the block
// below. The format of the packed bytes is in msbuild/Unikernel.Build.Tasks/Packing/PackedStream.cs.
//
// It lies under the image and the packed bytes lie behind it, so nothing is in the way, and both are free RAM when the image has been entered.
//
// Nine in ten sequences are short ones: 14 instructions, and no branch but the loop's. Copies are of 8 or 16 bytes whatever is needed: what is too
// much is overwritten by what follows, and cleared behind the last one.
#include "refuse.inc"

        .text
        .code32
        .ascii  "UKPACK1"               // found by its readers (PackedImage.cs)
        .byte   0
packed: .long   0                       // the packed bytes
target: .long   0                       // where they go,
target_end: .long 0                     // and where that ends
entry:  .long   0                       // of the image
low:    .long   0                       // what has to be RAM
high:   .long   0

        .global unpack
unpack:                                 // EBX: hvm_start_info, as in boot.S
        cli
        cld
        require_ram low, high
        movl    $refusal, %ebp
        movl    %ebx, %edi
        movl    $1, %eax
        cpuid
        btl     $26, %edx               // SSE2, which every 64-bit CPU has
        jnc     refuse
        movl    %edi, start_info
        movl    %cr4, %eax
        orl     $0x200, %eax            // OSFXSR
        movl    %eax, %cr4

        movl    packed, %esi
        movl    target, %edi
        xorl    %eax, %eax
        jmp     next

        .balign 16
short:  // 0LLLMMMM, L literals, 16 bits: M + 1 bytes from 65536 minus those bits back, which do not overlap what they become
        movq    (%esi), %xmm0
        movq    %xmm0, (%edi)
        movl    %eax, %ecx
        shrl    $4, %ecx
        andl    $15, %eax
        addl    %ecx, %edi
        movzwl  (%esi,%ecx), %edx
        leal    2(%esi,%ecx), %esi
        movdqu  -65536(%edi,%edx), %xmm0
        movdqu  %xmm0, (%edi)
        leal    1(%edi,%eax), %edi
next:   lodsb                           // the rest of EAX is zero
        testb   %al, %al
        jns     short

        // 1LLLFMMM, more L if it is 7, more M if it is 7, L literals; the end, or 16 bits (F: 24): M + 1 bytes from 2^16 (2^24) minus those bits back
        movl    %eax, %ebp
        movl    %eax, %ecx
        movl    %eax, %ebx
        shrl    $4, %ecx
        andl    $7, %ecx
        cmpl    $7, %ecx
        jne     1f
        lodsb
        addl    %eax, %ecx
        cmpl    $255, %eax
        jne     1f
        lodsl
        movl    %eax, %ecx
        xorl    %eax, %eax
1:      andl    $7, %ebx
        cmpl    $7, %ebx
        jne     2f
        lodsb
        addl    %eax, %ebx
        cmpl    $255, %eax
        jne     2f
        lodsl
        movl    %eax, %ebx
2:      leal    (%edi,%ecx), %edx
3:      movdqu  (%esi), %xmm0
        movdqu  %xmm0, (%edi)
        addl    $16, %esi
        addl    $16, %edi
        cmpl    %edx, %edi
        jb      3b
        subl    %edi, %esi              // back to behind the last literal
        addl    %edx, %esi
        movl    %edx, %edi
        cmpl    target_end, %edi
        jae     done

        movl    (%esi), %edx
        testl   $8, %ebp
        jnz     4f
        movzwl  %dx, %edx
        addl    $2, %esi
        leal    -65536(%edi,%edx), %edx
        jmp     5f
4:      andl    $0xffffff, %edx
        addl    $3, %esi
        leal    -0x1000000(%edi,%edx), %edx
5:      leal    1(%edi,%ebx), %ebx      // where the copy ends
        movl    %edi, %eax
        subl    %edx, %eax
        cmpl    $16, %eax
        jb      7f
6:      movdqu  (%edx), %xmm0
        movdqu  %xmm0, (%edi)
        addl    $16, %edx
        addl    $16, %edi
        cmpl    %ebx, %edi
        jb      6b
        movl    %ebx, %edi
        xorl    %eax, %eax
        jmp     next
7:      movl    %ebx, %ecx              // a pattern: it reads what it has just written
        subl    %edi, %ecx
        movl    %esi, %ebx
        movl    %edx, %esi
        rep movsb
        movl    %ebx, %esi
        xorl    %eax, %eax
        jmp     next

done:   pxor    %xmm0, %xmm0
        movdqu  %xmm0, (%edi)
        movl    start_info, %ebx
        jmp     *entry

        refusing
        refusal_texts
        .balign 4
start_info:
        .long   0
