// The loader of a packed image: expands it to where it is linked, and enters it as the boot protocol would have. Not a part of core.a: a file of
// its own, native/unpack.bin, which stands at UNPACK_BASE in the packed image; Unikernel.Pack puts its headers before it and fills in the block
// below. The format of the packed bytes is in msbuild/Unikernel.Pack/PackedStream.cs.
//
// It lies under the image and the packed bytes lie behind it, so nothing is in the way, and both are free RAM when the image has been entered.
//
// Nearly all sequences are short ones: 17 instructions, and no branch but the loop's. Copies are of 16 bytes whatever is needed: what is too much is
// overwritten by what follows, and cleared behind the last one.
#include "refuse.inc"

        // M of the token of a long sequence.
        .equ    LONG, 128

        .text
        .code32
        .ascii  "UKPACK2"               // found by its readers (PackedImage.cs)
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

        // The tokens' table: from M and KKLLLL to what the loop below wants, 8 bytes each: L, 1 + L + K, M, and a mask of what no distance has.
        movl    packed, %esi
        lodsb
        movzbl  %al, %ebp
        movl    $table, %ebx
        testl   %ebp, %ebp
        jz      2f
1:      lodsw
        movb    %al, 2(%ebx)
        movzbl  %ah, %ecx
        andb    $15, %ah
        movb    %ah, (%ebx)
        shrl    $4, %ecx
        addb    %cl, %ah
        incb    %ah
        movb    %ah, 1(%ebx)
        shll    $3, %ecx
        movl    $-1, %eax
        shll    %cl, %eax
        movl    %eax, 4(%ebx)
        addl    $8, %ebx
        decl    %ebp
        jnz     1b
2:      movl    $(LONG << 16 | 1 << 8), table + 8 * 255
        movl    $-1, table + 8 * 255 + 4

        movl    target, %edi
        jmp     next

        // ESI: the next token, EDI: the next byte. EBP: 1 - the distance of the last match, at first 0.
        .balign 16
next:   movzbl  (%esi), %eax
        movzbl  table(,%eax,8), %ecx
        movdqu  1(%esi), %xmm0
        movdqu  %xmm0, (%edi)
        addl    %ecx, %edi
        movl    table + 4(,%eax,8), %edx
        orl     1(%esi,%ecx), %edx      // minus the distance; -1 if there is none
        movzbl  table + 1(,%eax,8), %ecx
        addl    %ecx, %esi
        incl    %edx
        cmovnzl %edx, %ebp
        movzbl  table + 2(,%eax,8), %eax
        movdqu  -1(%edi,%ebp), %xmm0
        movdqu  %xmm0, (%edi)
        addl    %eax, %edi
        cmpl    $16, %eax
        jbe     next

        testb   %al, %al
        js      long
        movl    %edi, %edx              // the rest of the match
        subl    %eax, %edx
3:      addl    $16, %edx
        cmpl    %edi, %edx
        jae     next
        movdqu  -1(%edx,%ebp), %xmm0
        movdqu  %xmm0, (%edx)
        jmp     3b

long:   subl    $LONG, %edi
        lodsb                           // L; the rest of EAX is zero
        movl    %eax, %ecx
        cmpl    $255, %eax
        jne     4f
        lodsl
        movl    %eax, %ecx
        xorl    %eax, %eax
4:      lodsb                           // M
        movl    %eax, %ebx
        cmpl    $255, %eax
        jne     5f
        lodsl
        movl    %eax, %ebx
5:      leal    (%edi,%ecx), %edx       // where the literals end
        cmpl    %edx, %edi
        jae     7f
6:      movdqu  (%esi), %xmm0
        movdqu  %xmm0, (%edi)
        addl    $16, %esi
        addl    $16, %edi
        cmpl    %edx, %edi
        jb      6b
        subl    %edi, %esi              // back to behind the last literal
        addl    %edx, %esi
        movl    %edx, %edi
7:      testl   %ebx, %ebx
        jz      done
        movl    (%esi), %ebp
        orl     $0xff000000, %ebp
        incl    %ebp
        addl    $3, %esi
        leal    -1(%edi,%ebp), %edx     // the match
        addl    %edi, %ebx              // and where it ends
        cmpl    $-15, %ebp
        jg      9f
8:      movdqu  (%edx), %xmm0
        movdqu  %xmm0, (%edi)
        addl    $16, %edx
        addl    $16, %edi
        cmpl    %ebx, %edi
        jb      8b
        movl    %ebx, %edi
        jmp     next
9:      movl    %ebx, %ecx              // a pattern: it reads what it has just written
        subl    %edi, %ecx
        movl    %esi, %ebx
        movl    %edx, %esi
        rep movsb
        movl    %ebx, %esi
        jmp     next

done:   pxor    %xmm0, %xmm0
        movdqu  %xmm0, (%edi)
        movl    start_info, %ebx
        jmp     *entry

        refusing
        refusal_texts
        .balign 8
start_info:
        .long   0, 0
        // Behind the file's bytes: headers and loader have this memory (PackedImage.LoaderMemory).
        .equ    table, .
