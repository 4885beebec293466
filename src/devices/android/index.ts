/**
 * devices/android: Android phones through the Android Management API (REST, discovery revision 20260310).
 *
 * `androidGateway` speaks the wire format to a base URL: Google's (driver `direct`) or the emulator of the practice organisation.
 * An invitation makes a pending device, as for Apple's; when its page is opened on the phone, `enrolAndroid` places the compiled policy
 * and gives a one-time token whose data is the device's id. The job
 * `android.poll` lists the devices, takes each new status report over as facts of the registry, and moves a phone when its policy has
 * changed. Policies are named by the hash of their content, so equal phones share one and a change costs one call per phone.
 *
 * What a report does not say yields no fact. Google's push (Pub/Sub) and the vendor's relay come later.
 */
export type { AndroidServices } from './enrol.ts';
export { androidGateway, type GatewayPlace } from './gateway-client.ts';
export { androidJobs, pollAndroid, startAndroidPolling } from './poll.ts';
export { androidRoutes } from './routes.ts';
