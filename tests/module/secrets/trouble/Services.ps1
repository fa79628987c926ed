# Answers that a service gives where it was asked for something else.
[ordered] @{
    'refusals'    = {
        foreach ($status in 400, 401, 403, 404, 409, 500) {
            Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; status = $status; body = (Get-Refusal Some_Code) } { Invoke-PIMRestMethod /v1.0/fault }
        }
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; status = 429; headers = @{ 'Retry-After' = '7200' }; body = (Get-Refusal TooManyRequests) } { Invoke-PIMRestMethod /v1.0/fault }
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; status = 400; body = (Get-Refusal Some_Code -Resource Graph) } { Invoke-PIMRestMethod /v1.0/fault -Context $script:first }
    }
    'half answers' = {
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 50; cut = $true } { Invoke-PIMRestMethod /v1.0/fault }
        Use-Fault @{ service = 'graph'; pathContains = 'roleEligibilitySchedules'; times = 9; status = 200; body = '{"value":['; contentType = 'application/json' } { Get-PIMMyEligibleDirectoryRole }
    }
    'a circle'    = {
        Use-Fault @{ service = 'graph'; pathContains = '/v1.0/fault'; times = 9; status = 200; body = @{ value = @(); '@odata.nextLink' = "$($emulator.Graph)/v1.0/fault" } } { Invoke-PIMRestMethod /v1.0/fault -All }
    }
}
