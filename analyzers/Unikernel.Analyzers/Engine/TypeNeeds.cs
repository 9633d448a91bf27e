using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace Unikernel.Analyzers;

/// <summary>What the members of one type need; a look-up of a member that needs nothing allocates nothing.</summary>
internal sealed class TypeNeeds
{
    private readonly Dictionary<string, Need[]> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>By the members' keys (<see cref="Key"/>).</summary>
    public IReadOnlyDictionary<string, Need[]> Members => _members;

    /// <summary>Some member needs what no unikernel has.</summary>
    public bool HasAbsent { get; private set; }

    public void Add(string key, Need[] needs)
    {
        _members[key] = needs;
        int end = key.IndexOfAny(['(', '`']);
        _names.Add(key.Substring(2, (end < 0 ? key.Length : end) - 2));
        HasAbsent |= AbsentOf(needs) is not null;
    }

    /// <summary>What a member needs; null where it needs nothing.</summary>
    public Need[]? Of(ISymbol member)
    {
        // The name first: the key has to be made, and most members of a listed type need nothing.
        string name = member is IMethodSymbol { MethodKind: MethodKind.Constructor } ? "#ctor" : member.MetadataName;
        return _names.Contains(name) && Key(member) is { } key && _members.TryGetValue(key, out Need[]? needs) ? needs : null;
    }

    /// <summary>The first need that no unikernel has.</summary>
    public static Need? AbsentOf(Need[] needs)
    {
        foreach (Need need in needs)
        {
            if (need.Kind == NeedKind.Absent)
            {
                return need;
            }
        }

        return null;
    }

    /// <summary>The key of a member in its type's table: its documentation id without the type, e.g. <c>M:Start(System.String)</c>.</summary>
    public static string? Key(ISymbol member)
    {
        string? id = member.OriginalDefinition.GetDocumentationCommentId();
        string? type = member.ContainingType?.OriginalDefinition.GetDocumentationCommentId();
        if (id is null || type is null || id.Length <= type.Length)
        {
            return null;
        }

        return id.Substring(0, 2) + id.Substring(type.Length + 1);
    }
}
