using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1007: the console is a serial line without cursor, window, colours of its own or single keys.</summary>
internal sealed class UKN1007_TerminalControl : ApiRule
{
    private static readonly HashSet<string> s_members =
    [
        "ReadKey", "KeyAvailable", "CursorLeft", "CursorTop", "CursorSize", "CursorVisible", "GetCursorPosition", "SetCursorPosition",
        "WindowWidth", "WindowHeight", "WindowLeft", "WindowTop", "SetWindowSize", "SetWindowPosition", "BufferWidth", "BufferHeight",
        "SetBufferSize", "MoveBufferArea", "LargestWindowWidth", "LargestWindowHeight", "Title", "Beep", "Clear", "CapsLock", "NumberLock",
        "TreatControlCAsInput",
    ];

    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.TerminalControl.ToDescriptor();

    public override IReadOnlyCollection<string> Types { get; } = ["System.Console"];

    public override object[]? Report(in ApiUse use) => s_members.Contains(use.Symbol.Name) ? [use.DisplayName] : null;
}
