using Unikernel.Size.Model;
using Unikernel.Size.Reasons;

namespace Unikernel.Size.Output;

public static class HtmlTreemap
{
    public static string Write(SizeReport report, ReasonIndex reasons, SizeReport? old) => throw new NotImplementedException();
}
