// What stands above the code of docs/quickstart/android.md.

import java.util.UUID
import okhttp3.*
import org.openapitools.client.apis.*
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.models.*
