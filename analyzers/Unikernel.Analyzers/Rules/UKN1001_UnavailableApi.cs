using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Unikernel.Diagnostics;

namespace Unikernel.Analyzers;

/// <summary>UKN1001: an API whose need no unikernel has, judged by the linker's data about the framework (api-needs.txt), not by a list made by hand.</summary>
internal sealed class UKN1001_UnavailableApi : ApiRule
{
    public override DiagnosticDescriptor Descriptor { get; } = PlatformRules.UnavailableApi.ToDescriptor();

    public override IReadOnlyCollection<string>? Types => null;

    public override bool Judges(INamedTypeSymbol type) => ApiNeeds.Shipped.MembersOf(type) is not null;

    public override object[]? Report(in ApiUse use)
    {
        if (ApiNeeds.Shipped.MembersOf(use.Type) is not { } members || CurrentProcess.IsMember(use.Symbol))
        {
            return null;
        }

        foreach (Need need in Needs(use.Symbol, members))
        {
            if (need.Kind == NeedKind.Absent)
            {
                return [use.DisplayName, need.Name, need.Reason];
            }
        }

        return null;
    }

    private static IEnumerable<Need> Needs(ISymbol symbol, IReadOnlyDictionary<string, Need[]> members)
    {
        if (symbol is INamedTypeSymbol)
        {
            // A base type or typeof by itself runs nothing: the type counts where its constructors need it.
            return members.TryGetValue("M:#ctor", out Need[]? constructed) ? constructed : [];
        }

        return ApiNeeds.MemberKey(symbol) is { } key && members.TryGetValue(key, out Need[]? needs) ? needs : [];
    }
}
